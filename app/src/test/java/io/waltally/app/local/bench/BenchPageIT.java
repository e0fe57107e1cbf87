package io.waltally.app.local.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.fixture.CommandProcesses;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BenchPageIT {
    @RegisterExtension
    final CommandProcesses commands = new CommandProcesses();

    @Test
    @Tag("benchmark")
    void benchPageMeasuresWithAndWithoutClientsInTurns() throws Exception {
        JsonNode result = commands.start(
                        "bench",
                        "page",
                        "--rows",
                        "700",
                        "--rows-per-transaction",
                        "70",
                        "--rounds",
                        "2",
                        "--clients",
                        "3",
                        "--pause",
                        "100ms",
                        "--json")
                .document();
        assertThat(result.path("table").asText()).isEqualTo("object_locations");
        assertThat(result.path("clients").asInt()).isEqualTo(3);
        for (String times : new String[] {"with_millis", "without_millis", "with_cpu_millis", "without_cpu_millis"}) {
            assertThat(result.path(times))
                    .as(times)
                    .hasSize(2)
                    .allSatisfy(time -> assertThat(time.asLong()).isPositive());
        }
        assertThat(result.path("cost").isNumber()).isTrue();
        assertThat(result.path("cpu_cost").isNumber()).isTrue();
    }
}
