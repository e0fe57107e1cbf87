package io.waltally.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.app.config.reading.ConfigException;
import io.waltally.schemas.topic.TopicStorage;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.kafka.common.config.TopicConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicValuesTest {
    @Test
    void replicasAndPropertiesAreMapped() {
        assertThat(Configuration.from(Map.of(
                                "topics.replication-factor", "3",
                                "topics.min-insync-replicas", "2",
                                "topics.properties.compression.type", "zstd",
                                "topics.properties.segment.ms", "3600000"))
                        .topics()
                        .storage())
                .isEqualTo(new TopicStorage(
                        OptionalInt.of(3),
                        OptionalInt.of(2),
                        Map.of("compression.type", "zstd", "segment.ms", "3600000")));
        assertThat(Configuration.from(Map.of()).topics().storage()).isEqualTo(TopicStorage.DEFAULTS);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                TopicConfig.CLEANUP_POLICY_CONFIG,
                TopicConfig.RETENTION_MS_CONFIG,
                TopicConfig.RETENTION_BYTES_CONFIG,
                TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG,
                TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG,
                TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG,
                TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG
            })
    void whatGuaranteesDependOnIsRefused(String property) {
        assertError(
                Map.of("topics.properties." + property, "1"),
                "topics.properties." + property + " is \"1\": must not be configured, for guarantees depend on it: ");
    }

    @Test
    void largerRecordsMayBePermitted() {
        String key = "topics.properties." + TopicConfig.MAX_MESSAGE_BYTES_CONFIG;
        assertThat(Configuration.from(Map.of(key, "33554432"))
                        .topics()
                        .storage()
                        .properties())
                .containsEntry(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, "33554432");
        for (String tooFew : new String[] {"16777215", "32MiB"}) {
            assertError(
                    Map.of(key, tooFew),
                    key + " is \"" + tooFew + "\": must be a whole number of at least 16777216: rows that");
        }
    }

    @Test
    void anUnknownOrEmptyPropertyIsRefused() {
        assertError(
                Map.of("topics.properties.compresion.type", "zstd"),
                "topics.properties.compresion.type is not a known key; did you mean topics.properties.compression.type?");
        assertError(Map.of("topics.properties.compression.type", ""), "must not be empty");
    }

    @Test
    void replicasThatCannotBeAreRefused() {
        assertError(
                Map.of("topics.replication-factor", "many"),
                "topics.replication-factor is \"many\": must be a whole number");
        assertError(Map.of("topics.replication-factor", "0"), "topics.replication-factor is 0: must be from 1 to 100");
        assertError(
                Map.of("topics.replication-factor", "2", "topics.min-insync-replicas", "3"),
                "topics.min-insync-replicas is 3: must be at most topics.replication-factor");
    }

    private static void assertError(Map<String, String> values, String message) {
        assertThatThrownBy(() -> Configuration.from(values))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message);
    }
}
