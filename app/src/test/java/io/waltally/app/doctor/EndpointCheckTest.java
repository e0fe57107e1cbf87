package io.waltally.app.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.config.Configuration;
import io.waltally.app.doctor.check.Finding;
import io.waltally.app.doctor.check.Severity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EndpointCheckTest {
    @Test
    void onlyAConnectionIsMade() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + server.getLocalPort();
            assertThat(check("http://" + address + "/path-is-secret", true))
                    .isEqualTo(Finding.ok("endpoint crm", "http://" + address + " takes connections"));
            assertThat(server.accept().getInputStream().read())
                    .as("end of stream")
                    .isEqualTo(-1);
        }
    }

    @Test
    void whatPreventsDeliveryIsAWarningWithItsRemedy() {
        Finding refused = check("http://127.0.0.1:1/path-is-secret", true);
        assertThat(refused.severity()).isEqualTo(Severity.WARNING);
        assertThat(refused.message()).startsWith("http://127.0.0.1:1 does not take connections");
        assertThat(check("http://127.0.0.1:1/", false).remedy())
                .get()
                .asString()
                .contains("allow-private");
        assertThat(check("http://nowhere.invalid/", false).message())
                .isEqualTo("the host of http://nowhere.invalid is unknown");
    }

    private static Finding check(String url, boolean allowPrivate) {
        Configuration configuration = Configuration.from(Map.of(
                "webhooks.endpoints[0].url",
                url,
                "webhooks.endpoints[0].name",
                "crm",
                "webhooks.endpoints[0].secrets",
                "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3",
                "webhooks.endpoints[0].allow-http",
                "true",
                "webhooks.endpoints[0].allow-private",
                Boolean.toString(allowPrivate)));
        return new EndpointCheck(configuration.webhooks().endpoints().get(0))
                .run()
                .get(0);
    }
}
