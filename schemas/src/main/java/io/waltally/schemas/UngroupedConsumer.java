package io.waltally.schemas;

import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A consumer of bytes without a group. It closes at once, since it has no group to leave. */
public final class UngroupedConsumer extends KafkaConsumer<byte[], byte[]> {
    /**
     * For a consumer that follows topics without end: a fetch waits up to two seconds in the broker for a new record, so
     * that an idle consumer sends few requests.
     */
    public static final Map<String, Object> FOLLOWING = Map.of(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 2_000);

    public UngroupedConsumer(Map<String, Object> properties) {
        super(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** Closes at once. Kafka's consumer waits for the answer to its last fetch. */
    @Override
    public void close() {
        close(CloseOptions.timeout(Duration.ZERO));
    }
}
