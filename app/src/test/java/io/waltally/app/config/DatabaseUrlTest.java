package io.waltally.app.config;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.app.config.reading.ConfigException;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseUrlTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://capture:hunter2@db.example/store",
                "postgres://capture:hunter2@db.example/store",
                "jdbc:postgresql://db.example/store?user=a&password=hunter2",
                "jdbc:postgresql://db.example/store?sslkey=k.p12&sslpassword=hunter2"
            })
    void secretsInAUrlAreRefusedWithoutShowingThem(String url) {
        for (String key : new String[] {"sources.s3.url", "sinks[0].url"}) {
            assertThatThrownBy(() -> Configuration.from(Map.of(
                            "sources.s3.tables",
                            "object_locations",
                            "sinks[0].name",
                            "copy",
                            "sinks[0].type",
                            "postgres",
                            "sinks[0].source",
                            "s3",
                            "sinks[0].tables",
                            "object_locations",
                            key,
                            url)))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining(key)
                    .message()
                    .doesNotContain("hunter2");
        }
    }
}
