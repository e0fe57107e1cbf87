package io.waltally.sinks.replica;

import io.waltally.schemas.DeadLetterHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes records to cdc topics that are not from capture, from empty ones to copies of genuine records. */
final class ForeignRecords implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final int RANDOM_BYTES = 40;

    private final List<String> topics;
    private final Map<String, Object> client;
    private final Random random;
    private final Producer<byte[], byte[]> producer;
    private final Set<String> written = new TreeSet<>();

    ForeignRecords(List<String> topics, Map<String, Object> client, Random random) {
        this.topics = topics;
        this.client = client;
        this.random = random;
        producer = new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer());
    }

    void write() throws ExecutionException, InterruptedException {
        String topic = topics.get(random.nextInt(topics.size()));
        int partition = random.nextInt(producer.partitionsFor(topic).size());
        List<ConsumerRecord<byte[], byte[]>> genuine = read(new TopicPartition(topic, partition), 1);
        byte[] key = genuine.isEmpty() ? bytes() : genuine.get(0).key();
        byte[] value = genuine.isEmpty() ? bytes() : genuine.get(0).value();
        ProducerRecord<byte[], byte[]> record = switch (random.nextInt(6)) {
            case 0 -> new ProducerRecord<>(topic, partition, new byte[0], new byte[0]);
            case 1 -> new ProducerRecord<>(topic, partition, bytes(), null);
            case 2 -> new ProducerRecord<>(topic, partition, bytes(), bytes());
            case 3 -> new ProducerRecord<>(topic, partition, key, bytes());
            case 4 -> new ProducerRecord<>(topic, partition, key, null);
            default -> new ProducerRecord<>(topic, partition, key, value);
        };
        RecordMetadata place = producer.send(record).get();
        written.add(place.topic() + "-" + place.partition() + "-" + place.offset());
    }

    private byte[] bytes() {
        byte[] bytes = new byte[1 + random.nextInt(RANDOM_BYTES)];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Their places. */
    Set<String> written() {
        return written;
    }

    /** The places of the records in a dead letter topic. */
    Set<String> setAside(String deadLetters) {
        Set<String> places = new TreeSet<>();
        for (int partition = 0; partition < producer.partitionsFor(deadLetters).size(); partition++) {
            read(new TopicPartition(deadLetters, partition), Long.MAX_VALUE).forEach(letter -> {
                DeadLetterHeaders origin = DeadLetterHeaders.from(letter.headers());
                places.add(origin.topic() + "-" + origin.partition().orElseThrow() + "-"
                        + origin.offset().orElseThrow());
            });
        }
        return places;
    }

    private List<ConsumerRecord<byte[], byte[]>> read(TopicPartition partition, long limit) {
        Map<String, Object> properties = new HashMap<>(client);
        properties.put("isolation.level", "read_committed");
        List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
        try (Consumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (found.size() < limit && consumer.position(partition) < end) {
                consumer.poll(POLL).forEach(found::add);
            }
        }
        return found;
    }

    @Override
    public void close() {
        producer.close();
    }
}
