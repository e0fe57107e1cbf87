package io.waltally.app.topic;

import io.waltally.app.config.KafkaSettings;
import io.waltally.app.tally.CommittedReader;
import io.waltally.schemas.topic.Cleanup;
import io.waltally.schemas.topic.Routing;
import io.waltally.schemas.topic.Topic;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;

/** Reads the committed records of a topic, those of each partition in their order. */
public final class TopicReader {
    private static final Duration POLL = Duration.ofMillis(200);

    private final KafkaSettings kafka;
    private final Topic<byte[], byte[]> topic;
    private final Optional<Instant> since;

    /**
     * @param partitions number of partitions of the topic
     * @param since the earliest time; empty: from the beginning
     */
    public TopicReader(KafkaSettings kafka, String topic, int partitions, Optional<Instant> since) {
        this.kafka = kafka;
        this.topic = undecoded(topic, partitions);
        this.since = since;
    }

    /** A topic whose records are read as they are. */
    static Topic<byte[], byte[]> undecoded(String name, int partitions) {
        return new Topic<>(
                name,
                Serdes.ByteArray(),
                Serdes.ByteArray(),
                partitions,
                new Cleanup.Compact(Duration.ZERO),
                Routing.byKey());
    }

    /**
     * Reads what the topic has now, or also what follows.
     *
     * @param stopped ends the reading within a moment
     * @param handler returns whether it wants more
     * @throws org.apache.kafka.clients.consumer.OffsetOutOfRangeException if records are deleted meanwhile
     */
    public void read(boolean follow, BooleanSupplier stopped, Predicate<ConsumerRecord<byte[], byte[]>> handler) {
        List<ConsumerRecord<byte[], byte[]>> polled = new ArrayList<>();
        try (CommittedReader reader = new CommittedReader(kafka)) {
            CommittedReader.Handler<byte[], byte[]> collect = (key, value, record) -> polled.add(record);
            since.ifPresentOrElse(time -> reader.since(time, topic, collect), () -> reader.from(topic, collect));
            Map<TopicPartition, Long> ends = reader.ends();
            while (!stopped.getAsBoolean() && (follow || !reader.reached(ends))) {
                polled.clear();
                reader.poll(POLL);
                for (ConsumerRecord<byte[], byte[]> record : polled) {
                    boolean wanted = follow
                            || record.offset() < ends.get(new TopicPartition(record.topic(), record.partition()));
                    if (wanted && !handler.test(record)) {
                        return;
                    }
                }
            }
        }
    }
}
