package io.waltally.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.app.config.reading.ConfigException;
import io.waltally.schemas.serde.RegistryAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistrySettingsTest {
    private static final String SECRET = "hunter2";

    @Test
    void userAndPasswordBecomePropertiesOfTheClientAndNoText() {
        RegistrySettings settings = read("registry.user", "capture", "registry.password", SECRET);
        assertThat(settings.access().properties()).containsEntry("basic.auth.user.info", "capture:hunter2");
        assertThat(settings.toString() + settings.access()).doesNotContain(SECRET);
    }

    @Test
    void aTokenBecomesAPropertyOfTheClientAndNoText() {
        RegistrySettings settings = read("registry.token", SECRET);
        assertThat(settings.access().properties()).containsEntry("bearer.auth.token", SECRET);
        assertThat(settings.toString() + settings.access()).doesNotContain(SECRET);
    }

    /** Confluent's client would accept the certificate of any host. */
    @Test
    void theHostOfTheCertificateIsVerified() {
        assertThat(read().access().properties())
                .containsEntry("schema.registry.ssl.endpoint.identification.algorithm", "https");
    }

    /** Opening them takes longer than all else that a client does at its start. */
    @Test
    void storesAreReadOnceForAllClients(@TempDir Path directory) throws IOException {
        Map<String, String> values = new PlantedSecrets(directory).withStores();
        RegistryAccess access = Configuration.from(values).registry().access();
        access.client();
        Files.delete(Path.of(values.get("registry.ssl.keystore.location")));
        assertThatCode(access::client).doesNotThrowAnyException();
    }

    @Test
    void credentialsInTheUrlAreRefusedWithoutShowingThem() {
        for (String url : new String[] {
            "http://capture:hunter2@registry.example", "https://hunter2@registry.example", "http://a:hunter2^ @registry"
        }) {
            assertThatThrownBy(() -> read("registry.url", url))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContainingAll("registry.url", "registry.user", "registry.password")
                    .message()
                    .doesNotContain(SECRET);
        }
    }

    @Test
    void invalidCredentialsAreRejected() {
        assertThatThrownBy(() -> read("registry.user", "a:b", "registry.password", SECRET))
                .hasMessage("registry.user is \"a:b\": must not contain a colon, which HTTP's basic authentication"
                        + " cannot send");
        assertThatThrownBy(() -> read("registry.password", SECRET))
                .hasMessage("registry.user must be given, as registry.password is");
        assertThatThrownBy(() -> read("registry.user", "a", "registry.token", SECRET))
                .hasMessageContaining("exclude each other");
        assertThatThrownBy(() -> read("registry.token", SECRET + "\n"))
                .hasMessageContaining("registry.token has characters")
                .message()
                .doesNotContain(SECRET);
        assertThatThrownBy(() -> read("registry.ssl.keystore.password", SECRET))
                .hasMessage("registry.ssl.keystore.password has no effect: registry.url is not https");
    }

    @Test
    void aStoreThatCannotBeReadIsNamed() {
        assertThatThrownBy(() -> read(
                        "registry.url", "https://registry.example",
                        "registry.ssl.truststore.location", "/nowhere/trust.p12",
                        "registry.ssl.truststore.password", SECRET))
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll("registry.ssl", "/nowhere/trust.p12")
                .message()
                .doesNotContain(SECRET);
    }

    private static RegistrySettings read(String... keysAndValues) {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            values.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return Configuration.from(values).registry();
    }
}
