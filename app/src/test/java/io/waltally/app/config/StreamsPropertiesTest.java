package io.waltally.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.app.config.reading.ConfigException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StreamsPropertiesTest {
    @Test
    void propertiesOfStreamsOfOneClientAndOfInternalTopicsAreAccepted() {
        Map<String, String> given = Map.of(
                "num.standby.replicas", "2",
                "rack.aware.assignment.strategy", "min_traffic",
                "client.tag.zone", "a",
                "rack.aware.assignment.tags", "zone",
                "main.consumer.max.poll.records", "100",
                "producer.linger.ms", "5",
                "admin.retries", "3",
                "topic.min.insync.replicas", "2",
                "replication.factor", "3");
        assertThat(read(given).streams().properties()).isEqualTo(given);
    }

    @Test
    void streamsPropertiesRequiredForGuaranteesAreRejected() {
        for (String name : List.of(
                "processing.guarantee",
                "max.task.idle.ms",
                "processing.exception.handler",
                "rocksdb.config.setter",
                "group.protocol",
                "main.consumer.group.instance.id",
                "consumer.isolation.level",
                "producer.transactional.id",
                "producer.acks",
                "topic.cleanup.policy",
                "topic.retention.ms")) {
            assertRefused(name, "x", " is \"x\": must not be configured: waltally sets it to keep its guarantees");
        }
    }

    @Test
    void propertiesWithADedicatedKeyAreRejected() {
        assertRefused("application.id", "x", " must not be configured: its key is streams.application-id");
        assertRefused("bootstrap.servers", "x", " must not be configured: its key is kafka.bootstrap.servers");
        assertRefused("num.stream.threads", "x", " must not be configured: its key is streams.threads");
        assertRefused("state.dir", "x", " must not be configured: its key is streams.state-directory");
    }

    @Test
    void invalidKafkaPropertiesAreRejectedBeforeTheStart() {
        assertRefused("num.standby.replicas", "two", " is \"two\": Kafka refuses it: Not a number of type INT");
        assertRefused("rack.aware.assignment.strategy", "x", " is \"x\": Kafka refuses it: ");
        assertRefused("main.consumer.max.poll.records", "0", " is \"0\": Kafka refuses it: ");
        assertRefused(
                "main.consumer.max.poll.record",
                "1",
                " is not a known key; did you mean streams.properties.main.consumer.max.poll.records?");
    }

    private static void assertRefused(String name, String value, String message) {
        assertThatThrownBy(() -> read(Map.of(name, value)))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("streams.properties." + name + message);
    }

    private static Configuration read(Map<String, String> properties) {
        Map<String, String> given = new HashMap<>();
        properties.forEach((name, value) -> given.put("streams.properties." + name, value));
        return Configuration.from(given);
    }
}
