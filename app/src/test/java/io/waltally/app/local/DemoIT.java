package io.waltally.app.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The command {@code demo} in its own process. */
class DemoIT {
    @RegisterExtension
    final CommandProcesses commands = new CommandProcesses();

    @Test
    void demoProvesItsTalliesAndDeliveries() throws Exception {
        JsonNode result = commands.start("demo", "--duration", "8s", "--seed", "3", "--json")
                .document();
        assertThat(result.path("seed").asLong()).isEqualTo(3);
        assertThat(result.path("differences").asInt(-1)).isZero();
        assertThat(result.path("compared").asInt()).isGreaterThan(20);
        assertThat(result.path("delivered_notifications").asLong())
                .isPositive()
                .isEqualTo(result.at("/compared_by_kind/deliveries").asLong());
        assertThat(result.path("transactions").asLong()).isPositive();
        assertThat(result.at("/changes/object_locations/insert").asLong()).isPositive();
        assertThat(result.at("/latency_ms/p50").isNumber()).isTrue();
        assertThat(result.at("/latency_ms/p99").isNumber()).isTrue();
    }
}
