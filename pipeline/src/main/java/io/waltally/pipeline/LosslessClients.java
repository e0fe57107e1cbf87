package io.waltally.pipeline;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaClientSupplier;

/**
 * Kafka's own clients, except that a stream thread fails if the next record to read no longer exists. Kafka Streams
 * would continue with the first record that exists, and the tallies would lack the records in between. When idle, they send
 * and wake less.
 */
final class LosslessClients implements KafkaClientSupplier {
    private final AtomicLong globalUpdates = new AtomicLong();

    @Override
    public Admin getAdmin(Map<String, Object> config) {
        return Admin.create(config);
    }

    @Override
    public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
        return new SparingProducer(config);
    }

    @Override
    public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
        Map<String, Object> withoutReset = new HashMap<>(config);
        // With this policy Kafka Streams itself decides where to begin if there is no committed offset.
        withoutReset.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        return new LosslessConsumer(withoutReset, new IdlePolling(globalUpdates, System::nanoTime));
    }

    /** Kafka Streams wipes a store that it cannot restore from its checkpoint, and restores all of it. */
    @Override
    public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> config) {
        return consumer(config);
    }

    @Override
    public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> config) {
        return GlobalConsumer.create(config, LosslessClients::consumer, System::nanoTime, globalUpdates);
    }

    private static Consumer<byte[], byte[]> consumer(Map<String, Object> config) {
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /**
     * Flushes only if something was sent since. Kafka Streams flushes for each task at each commit, and each flush wakes
     * the producer's thread: 70 times a second when idle. Used by one thread.
     */
    private static final class SparingProducer extends KafkaProducer<byte[], byte[]> {
        private boolean sent;

        SparingProducer(Map<String, Object> config) {
            super(config, new ByteArraySerializer(), new ByteArraySerializer());
        }

        @Override
        public Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record, Callback callback) {
            sent = true;
            return super.send(record, callback);
        }

        @Override
        public void flush() {
            if (sent) {
                super.flush();
                sent = false;
            }
        }
    }

    private static final class LosslessConsumer extends KafkaConsumer<byte[], byte[]> {
        private final IdlePolling polling;

        LosslessConsumer(Map<String, Object> config, IdlePolling polling) {
            super(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
            this.polling = polling;
        }

        @Override
        public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
            try {
                return polling.poll(timeout, super::poll);
            } catch (OffsetOutOfRangeException e) {
                RecordsLostException lost = new RecordsLostException(e.offsetOutOfRangePartitions());
                lost.addSuppressed(e);
                throw lost;
            }
        }
    }
}
