package io.waltally.schemas.request;

import io.waltally.schemas.KafkaFutures;
import io.waltally.schemas.topic.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A Kafka transaction that depends on records read before, like a compare-and-set. All writers share a transactional
 * id: one that begins fences those that have read but not committed, and they read again.
 */
public final class ExclusiveTransaction {
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final int DELIVERY_TIMEOUT_MILLIS = 30_000;
    private static final Duration CONTENTION_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(2);

    private final Map<String, Object> properties;

    /** @param client properties of Kafka's clients */
    public ExclusiveTransaction(String transactionalId, Map<String, Object> client) {
        properties = new HashMap<>(client);
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
        properties.put(ProducerConfig.CLIENT_ID_CONFIG, transactionalId);
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, TIMEOUT_MILLIS);
        properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DELIVERY_TIMEOUT_MILLIS);
        properties.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        properties.putIfAbsent(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topic.MAX_MESSAGE_BYTES);
    }

    /**
     * Writes all records or none.
     *
     * @param records reads what they depend on; may be called more than once; what it throws is thrown, and nothing is
     *     written
     * @throws ContentionException if others write all the time
     * @throws KafkaException if they could not be written
     */
    public void write(Supplier<? extends Collection<ProducerRecord<byte[], byte[]>>> records) {
        long deadline = System.nanoTime() + CONTENTION_TIMEOUT.toNanos();
        for (long longest = FIRST_PAUSE.toMillis(); ; longest = Math.min(2 * longest, MAX_PAUSE.toMillis())) {
            long began = System.nanoTime();
            try {
                writeOnce(records);
                return;
            } catch (ProducerFencedException | InvalidProducerEpochException | InvalidTxnStateException e) {
                if (System.nanoTime() > deadline) {
                    throw new ContentionException(
                            "the request was not written within " + CONTENTION_TIMEOUT.toSeconds()
                                    + " s, since others write requests all the time; try again",
                            e);
                }
            }
            // Two writers that fence each other in step would do so forever, and so would two whose reading takes
            // longer
            // than the pauses.
            long reading = Duration.ofNanos(System.nanoTime() - began).toMillis();
            sleep(ThreadLocalRandom.current().nextLong(Math.max(longest, 2 * reading) + 1));
        }
    }

    private void writeOnce(Supplier<? extends Collection<ProducerRecord<byte[], byte[]>>> records) {
        try (Producer<byte[], byte[]> producer =
                new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            // From here on no other writer commits what it read before.
            producer.initTransactions();
            Collection<ProducerRecord<byte[], byte[]>> all = records.get();
            if (all.isEmpty()) {
                return;
            }
            producer.beginTransaction();
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            all.forEach(record -> sent.add(producer.send(record)));
            sent.forEach(KafkaFutures::get);
            producer.commitTransaction();
        }
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static KafkaException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new KafkaException("interrupted", e);
    }
}
