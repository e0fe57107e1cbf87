package io.waltally.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class InfrastructureOptionsTest {
    @Test
    void aPortOutOfRangeIsNamedWithItsRule() {
        assertThatThrownBy(() -> new InfrastructureOptions(0, 65_536, 0, Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("kafkaPort = 65536")
                .hasMessageContaining("between 0");
    }

    @Test
    void twoServersCannotHaveOnePort() {
        assertThatThrownBy(() -> new InfrastructureOptions(9_000, 0, 9_000, Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("postgresPort and registryPort are both 9000: must differ");
    }

    @Test
    void eachServerKeepsItsDataApart() {
        InfrastructureOptions options = InfrastructureOptions.in(Path.of("data"));
        assertThat(options.postgres().dataDirectory()).contains(Path.of("data", "postgres"));
        assertThat(options.kafka().dataDirectory()).contains(Path.of("data", "kafka"));
        assertThat(options.registry().dataDirectory()).contains(Path.of("data", "registry"));
    }

    @Test
    void anUnknownKindOfInfrastructureIsRefused() {
        String before = System.getProperty(Infrastructure.KIND_PROPERTY);
        System.setProperty(Infrastructure.KIND_PROPERTY, "cloud");
        try {
            assertThatThrownBy(Infrastructure::forTests)
                    .hasMessage("waltally.infrastructure = cloud: must be \"embedded\" or \"containers\"");
        } finally {
            if (before == null) {
                System.clearProperty(Infrastructure.KIND_PROPERTY);
            } else {
                System.setProperty(Infrastructure.KIND_PROPERTY, before);
            }
        }
    }
}
