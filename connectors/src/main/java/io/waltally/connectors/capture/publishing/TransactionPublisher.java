package io.waltally.connectors.capture.publishing;

import io.waltally.connectors.capture.error.FailureKind;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.control.WatermarkKey;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes changes in Kafka transactions that hold whole PostgreSQL transactions. Holds back the latest record of each
 * partition until the next one or the end of the transaction, so that the last record of a transaction can be marked,
 * however large the transaction is. Not thread-safe.
 */
public final class TransactionPublisher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TransactionPublisher.class);
    private static final Duration ANSWER = Duration.ofSeconds(5);

    /** Longest duration of {@link #close}. */
    public static final Duration CLOSE = Duration.ofSeconds(2);

    private final Producer<byte[], byte[]> producer;
    private final Topic<WatermarkKey, Watermark> watermarks;
    private final Map<TopicPartition, PartitionTail> tails = new HashMap<>();
    private final List<PartitionTail> holding = new ArrayList<>();
    private final Duration transactionTimeout;
    private boolean open;
    private long openedNanos;
    private int records;

    /** @param producer with its transactions initialised */
    public TransactionPublisher(
            Producer<byte[], byte[]> producer, Topic<WatermarkKey, Watermark> watermarks, Duration transactionTimeout) {
        this.producer = producer;
        this.watermarks = watermarks;
        this.transactionTimeout = transactionTimeout;
    }

    /**
     * Becomes the only writer with the transactional id: fences the previous one, and aborts its open transaction.
     *
     * @throws org.apache.kafka.common.KafkaException if the cluster does not answer
     */
    static TransactionPublisher open(
            Map<String, Object> kafka,
            String transactionalId,
            Duration transactionTimeout,
            Topic<WatermarkKey, Watermark> watermarks) {
        Map<String, Object> properties = new HashMap<>(kafka);
        properties.putIfAbsent(ProducerConfig.LINGER_MS_CONFIG, 5);
        properties.putIfAbsent(ProducerConfig.BATCH_SIZE_CONFIG, 256 * 1024);
        properties.putIfAbsent(ProducerConfig.BUFFER_MEMORY_CONFIG, 64L * 1024 * 1024);
        properties.putIfAbsent(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        properties.putIfAbsent(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topic.MAX_MESSAGE_BYTES);
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
        properties.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, Math.toIntExact(transactionTimeout.toMillis()));
        Producer<byte[], byte[]> producer =
                new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
        try {
            producer.initTransactions();
        } catch (RuntimeException e) {
            producer.close(Duration.ZERO);
            throw e;
        }
        return new TransactionPublisher(producer, watermarks, transactionTimeout);
    }

    /** Sets the offsets of an earlier watermark; later records only increase them. */
    public void resumeFrom(Map<String, Long> earlier) {
        earlier.forEach((name, offset) -> tail(parse(name)).end = offset);
    }

    /** Number of records in the open Kafka transaction. */
    public int records() {
        return records;
    }

    /** Adds a change to the open PostgreSQL transaction. */
    public void append(ProducerRecord<byte[], byte[]> record, ChangeHeaders headers) {
        headers.addTo(record.headers());
        PartitionTail tail = tail(new TopicPartition(record.topic(), record.partition()));
        if (tail.held == null) {
            holding.add(tail);
        } else {
            send(tail);
        }
        tail.held = record;
        records++;
    }

    /** Ends the PostgreSQL transaction: marks and sends the records that were held back. */
    public void endTransaction(Lsn commitLsn) {
        for (PartitionTail tail : holding) {
            ChangeHeaders.markLast(tail.held.headers(), commitLsn);
            send(tail);
        }
        holding.clear();
    }

    /** Waits until all sent records are acknowledged. Returns those that are still held back. */
    public Collection<ProducerRecord<byte[], byte[]>> flush() {
        producer.flush();
        return holding.stream().map(tail -> tail.held).toList();
    }

    private PartitionTail tail(TopicPartition partition) {
        return tails.computeIfAbsent(partition, unseen -> new PartitionTail());
    }

    private void send(PartitionTail tail) {
        begin();
        // A record that is not acknowledged fails the commit.
        var unused = producer.send(tail.held, tail);
        tail.held = null;
    }

    private void begin() {
        if (!open) {
            producer.beginTransaction();
            open = true;
            openedNanos = System.nanoTime();
        }
    }

    /** Whether the open Kafka transaction has exceeded its timeout, so that the cluster aborts it. */
    public boolean expired() {
        return open && System.nanoTime() - openedNanos >= transactionTimeout.toNanos();
    }

    /**
     * Commits the open Kafka transaction with the watermark as its last record. Only between PostgreSQL transactions.
     *
     * @param watermark made from the end offset of every partition written so far, in this process or before
     */
    public void commit(Source source, Function<Map<String, Long>, Watermark> watermark) {
        if (!holding.isEmpty()) {
            throw new IllegalStateException("a PostgreSQL transaction is still open");
        }
        begin();
        producer.flush();
        Map<String, Long> ends = new TreeMap<>();
        tails.forEach((partition, tail) -> ends.put(partition.toString(), tail.end));
        Watermark value = watermark.apply(ends);
        WatermarkKey key = new WatermarkKey(source.id());
        var unused = producer.send(new ProducerRecord<>(
                watermarks.name(),
                TopicCatalogue.watermarkPartition(source),
                watermarks.keySerde().serializer().serialize(watermarks.name(), key),
                watermarks.valueSerde().serializer().serialize(watermarks.name(), value)));
        // The producer may commit before it has sent this record: ADR 0015.
        producer.flush();
        producer.commitTransaction();
        open = false;
        records = 0;
    }

    /**
     * Asks the cluster whether this is still the only writer with its transactional id, and aborts uncommitted records.
     * Also returns if the cluster does not answer.
     *
     * @throws KafkaException if another writer has taken over
     */
    public void requireOnlyWriter(Source source) {
        holding.forEach(tail -> tail.held = null);
        holding.clear();
        byte[] key = watermarks.keySerde().serializer().serialize(watermarks.name(), new WatermarkKey(source.id()));
        byte[] none = null;
        try {
            begin();
            // Never committed, so no consumer sees it.
            producer.send(new ProducerRecord<>(watermarks.name(), TopicCatalogue.watermarkPartition(source), key, none))
                    .get(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
            producer.abortTransaction();
            open = false;
        } catch (KafkaException | ExecutionException | IllegalStateException e) {
            // IllegalStateException: the outcome of a commit is unknown. The next start will know it.
            if (FailureKind.of(e) == FailureKind.FENCED) {
                throw new KafkaException("another writer has taken over", e);
            }
        } catch (TimeoutException e) {
            // No answer: the next start asks again.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static TopicPartition parse(String name) {
        int dash = name.lastIndexOf('-');
        return new TopicPartition(name.substring(0, dash), Integer.parseInt(name.substring(dash + 1)));
    }

    /**
     * Ends the open transaction, if the cluster answers within {@link #CLOSE}: aborts it, or lets a commit that has
     * begun complete. Otherwise the cluster aborts it when the next writer starts, or after the transaction timeout.
     * Also works in an interrupted thread, which stays interrupted.
     */
    @Override
    public void close() {
        // In a thread of its own, because an interrupt makes a producer abandon its transaction.
        CompletableFuture.runAsync(
                        () -> producer.close(CLOSE), task -> new Thread(task, "close-transaction-publisher").start())
                .exceptionally(error -> {
                    LOG.warn("the producer of capture was not closed in order", error);
                    return null;
                })
                .join();
    }

    /** The end of one partition: the record that is held back, and the next offset after the acknowledged ones. */
    private static final class PartitionTail implements Callback {
        private @Nullable ProducerRecord<byte[], byte[]> held;
        private volatile long end;

        @Override
        public void onCompletion(RecordMetadata metadata, @Nullable Exception error) {
            if (error == null) {
                end = Math.max(end, metadata.offset() + 1);
            }
        }
    }
}
