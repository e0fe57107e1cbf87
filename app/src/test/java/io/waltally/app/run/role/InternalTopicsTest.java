package io.waltally.app.run.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.topic.TopicStorage;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;

class InternalTopicsTest {
    @Test
    void internalTopicsOfKafkaStreamsHaveTheReplicasOfAllOthers() {
        StreamsConfig config = config(new TopicStorage(OptionalInt.of(3), OptionalInt.of(2), Map.of()));
        assertThat(config.getInt(StreamsConfig.REPLICATION_FACTOR_CONFIG)).isEqualTo(3);
        assertThat(config.originalsWithPrefix(StreamsConfig.TOPIC_PREFIX)).containsEntry("min.insync.replicas", "2");
        assertThat(config(TopicStorage.DEFAULTS).getInt(StreamsConfig.REPLICATION_FACTOR_CONFIG))
                .as("the broker's default")
                .isEqualTo(-1);
    }

    private static StreamsConfig config(TopicStorage storage) {
        Map<String, Object> properties = new HashMap<>(StreamsRole.internalTopics(storage));
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "a");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none.is.asked:9092");
        return new StreamsConfig(properties);
    }
}
