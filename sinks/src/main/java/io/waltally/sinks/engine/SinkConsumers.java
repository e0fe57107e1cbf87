package io.waltally.sinks.engine;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Makes the consumers of sinks.
 *
 * @param client properties of Kafka's clients
 * @param groupPrefix consumer groups are named by it and the sink
 */
record SinkConsumers(Map<String, Object> client, String groupPrefix) {
    /** Records of a poll, which become one transaction of the target. */
    static final int BATCH_RECORDS = 10_000;

    /** Records of a poll of whole transactions. Larger parts wait less often for the target while it is filled. */
    private static final int PART_RECORDS = 50_000;

    private static final int FETCH_BYTES = 32 << 20;
    private static final int PARTITION_FETCH_BYTES = 8 << 20;

    /** After a crash the partitions have no owner for this long. */
    private static final int SESSION_TIMEOUT_MILLIS = 10_000;

    SinkConsumers {
        client = Map.copyOf(client);
    }

    String group(Sink sink) {
        return groupPrefix + sink.name();
    }

    /** A member of the sink's group. Its committed offsets show lag to tools; positions are in the target. */
    Consumer<byte[], byte[]> member(Sink sink) {
        Map<String, Object> properties = properties();
        properties.put(ConsumerConfig.GROUP_ID_CONFIG, group(sink));
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, group(sink));
        // Dead letters go back to the instance that has the other records of their partition.
        properties.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, RangeAssignor.class.getName());
        properties.putIfAbsent(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_TIMEOUT_MILLIS);
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** A consumer without a group. */
    Consumer<byte[], byte[]> reader(Sink sink, String purpose) {
        Map<String, Object> properties = properties();
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, group(sink) + "-" + purpose);
        properties.remove(ConsumerConfig.GROUP_ID_CONFIG);
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, PART_RECORDS);
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private Map<String, Object> properties() {
        Map<String, Object> properties = new HashMap<>(client);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        properties.put(
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                IsolationLevel.READ_COMMITTED.toString().toLowerCase(Locale.ROOT));
        // The session decides where to begin, and what to do about deleted records.
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, BATCH_RECORDS);
        properties.putIfAbsent(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES);
        properties.putIfAbsent(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, PARTITION_FETCH_BYTES);
        return properties;
    }
}
