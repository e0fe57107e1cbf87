package io.waltally.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchemaRegistryIT {
    @Test
    void anAcknowledgedSchemaSurvivesAKillUnderItsId(@TempDir Path directory) throws Exception {
        try (SchemaRegistry registry = SchemaRegistry.start(ServerOptions.in(directory))) {
            for (int round = 1; round <= 2; round++) {
                String subject = "kept-" + round;
                String schema = Probe.schema("field" + round);
                String id = Probe.register(registry.uri(), subject, schema).body();
                registry.kill();
                assertThat(registry.isRunning()).isFalse();
                registry.restart();
                assertThat(Probe.register(registry.uri(), subject, schema).body())
                        .isEqualTo(id);
            }
            assertThat(Probe.call(registry.uri(), "GET", "/subjects", Optional.empty())
                            .body())
                    .isEqualTo("[\"kept-1\",\"kept-2\"]");
        }
    }

    @Test
    void theClassesOfATemporaryRegistryAreKeptForItsNextStarts() {
        SchemaRegistry.start(ServerOptions.ephemeral()).close();
        assertThat(Path.of("target", "apicurio-registry")).isDirectoryContaining("glob:**/classes-*.jsa");
        SchemaRegistry.start(ServerOptions.ephemeral()).close();
    }
}
