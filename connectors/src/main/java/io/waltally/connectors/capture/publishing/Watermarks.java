package io.waltally.connectors.capture.publishing;

import io.waltally.connectors.capture.error.NewEpochRemedy;
import io.waltally.connectors.capture.error.UnreadableWatermarkException;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.control.WatermarkKey;
import io.waltally.schemas.serde.NotAvroException;
import io.waltally.schemas.serde.WireFormat;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the committed watermarks of a source. */
public final class Watermarks {
    private static final Logger LOG = LoggerFactory.getLogger(Watermarks.class);

    private static final Duration POLL = Duration.ofMillis(200);

    /** Offsets before the end at which the search for the last watermark begins. Transaction markers count, too. */
    private static final long FIRST_DEPTH = 256;

    private static final long FURTHER = 16;

    /** A broker completes a decided transaction within milliseconds. */
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final Topic<WatermarkKey, Watermark> topic;
    private final Map<String, Object> kafka;
    private final Duration timeout;

    public Watermarks(Topic<WatermarkKey, Watermark> topic, Map<String, Object> kafka) {
        this(topic, kafka, TIMEOUT);
    }

    /** A committed watermark, and when it was written by the clock of the process that captured. */
    public record Written(Watermark watermark, Instant at) {}

    /** @param timeout longest wait for all records */
    Watermarks(Topic<WatermarkKey, Watermark> topic, Map<String, Object> kafka, Duration timeout) {
        this.topic = topic;
        this.kafka = kafka;
        this.timeout = timeout;
    }

    /**
     * Returns the last committed watermark. A committed record becomes visible when every earlier transaction in the
     * partition has ended, so this waits for open transactions: otherwise it would return an earlier watermark. The
     * transaction that a dead writer left open ends when the next writer initialises its transactions, so only that
     * writer may wait.
     *
     * @throws TimeoutException if a transaction does not end
     * @throws UnreadableWatermarkException if the last watermark cannot be decoded
     * @throws org.apache.kafka.common.KafkaException if the cluster cannot be asked
     */
    public Optional<Watermark> last(Source source) {
        return lastBefore(IsolationLevel.READ_UNCOMMITTED, source, "a transaction in the partition has not ended")
                .map(Written::watermark);
    }

    /**
     * Returns the last watermark that is visible now, without waiting for open transactions. A later one may be
     * committed.
     *
     * @throws TimeoutException if the cluster does not return the records
     * @throws UnreadableWatermarkException if the last watermark cannot be decoded
     * @throws org.apache.kafka.common.KafkaException if the cluster cannot be asked
     */
    public Optional<Watermark> lastVisible(Source source) {
        return lastWritten(source).map(Written::watermark);
    }

    /** Like {@link #lastVisible}, with its time. */
    public Optional<Written> lastWritten(Source source) {
        return lastBefore(
                IsolationLevel.READ_COMMITTED, source, "the partition's leader does not return committed records");
    }

    private Optional<Written> lastBefore(IsolationLevel endIsolation, Source source, String obstacle) {
        TopicPartition partition = new TopicPartition(topic.name(), TopicCatalogue.watermarkPartition(source));
        long end = end(partition, endIsolation);
        long deadline = System.nanoTime() + timeout.toNanos();
        try (Consumer<byte[], byte[]> consumer = consumer(IsolationLevel.READ_COMMITTED)) {
            consumer.assign(List.of(partition));
            long beginning = consumer.beginningOffsets(List.of(partition)).get(partition);
            long to = end;
            Optional<Written> last = Optional.empty();
            // The last one is near the end, unless many transactions were aborted behind it.
            for (long depth = FIRST_DEPTH; last.isEmpty() && to > beginning; depth *= FURTHER) {
                long from = Math.max(beginning, end - depth);
                consumer.seek(partition, from);
                last = lastBetween(consumer, partition, to, source, () -> {
                    if (System.nanoTime() > deadline) {
                        throw new TimeoutException("the last watermark of " + source + " in " + partition
                                + " was not read within " + timeout.toSeconds() + " s: " + obstacle);
                    }
                });
                to = from;
            }
            return last;
        }
    }

    /** The last watermark between the position of the consumer and an offset. */
    private Optional<Written> lastBetween(
            Consumer<byte[], byte[]> consumer, TopicPartition partition, long to, Source source, Runnable requireTime) {
        Written last = null;
        UnreadableWatermarkException unreadable = null;
        while (consumer.position(partition) < to) {
            requireTime.run();
            for (var record : consumer.poll(POLL)) {
                try {
                    Optional<Watermark> watermark = record.offset() < to ? watermark(record, source) : Optional.empty();
                    if (watermark.isPresent()) {
                        last = new Written(watermark.get(), Instant.ofEpochMilli(record.timestamp()));
                        unreadable = null;
                    }
                } catch (UnreadableWatermarkException e) {
                    unreadable = e;
                }
            }
        }
        if (unreadable != null) {
            throw unreadable;
        }
        return Optional.ofNullable(last);
    }

    /**
     * Logs and skips what capture did not write: records in another format, and tombstones.
     *
     * @throws UnreadableWatermarkException if the registry lacks a schema of the source's watermark, or has another Avro
     *     schema
     */
    private Optional<Watermark> watermark(ConsumerRecord<byte[], byte[]> record, Source source) {
        String problem;
        try {
            WatermarkKey key = topic.keySerde().deserializer().deserialize(topic.name(), record.key());
            if (!key.getSource().equals(source.id())) {
                return Optional.empty();
            }
            if (record.value() != null) {
                return Optional.of(topic.valueSerde().deserializer().deserialize(topic.name(), record.value()));
            }
            problem = "a tombstone, which capture never writes";
        } catch (SerializationException e) {
            if (isKeyOf(source, record.key())
                    && WireFormat.isPossible(record.value())
                    && !NotAvroException.isCauseOf(e)) {
                throw new UnreadableWatermarkException(
                        "the last watermark of " + source + " (" + topic.name() + "-" + record.partition() + " offset "
                                + record.offset() + ") cannot be read: " + e.getMessage()
                                + ". The schema registry is not"
                                + " the one that capture wrote with, or was restored, emptied or replaced. Let"
                                + " registry.url name the one with these schemas, or restore them; only if they are lost"
                                + " for good, take a new snapshot: " + NewEpochRemedy.command(source),
                        Instant.ofEpochMilli(record.timestamp()),
                        e);
            }
            problem = String.valueOf(e.getMessage());
        }
        LOG.warn("skipped {}-{} offset {}: {}", record.topic(), record.partition(), record.offset(), problem);
        return Optional.empty();
    }

    private static boolean isKeyOf(Source source, byte[] key) {
        return WireFormat.bodyAs(WatermarkKey.class, key)
                .filter(read -> read.getSource().equals(source.id()))
                .isPresent();
    }

    /** The offset behind everything that was written, or, with READ_COMMITTED, the first one of an open transaction. */
    private long end(TopicPartition partition, IsolationLevel isolation) {
        try (Consumer<byte[], byte[]> consumer = consumer(isolation)) {
            return consumer.endOffsets(List.of(partition)).get(partition);
        }
    }

    private Consumer<byte[], byte[]> consumer(IsolationLevel isolation) {
        Map<String, Object> properties = new HashMap<>(kafka);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation.toString());
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
}
