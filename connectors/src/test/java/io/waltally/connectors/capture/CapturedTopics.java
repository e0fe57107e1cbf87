package io.waltally.connectors.capture;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.waltally.schemas.ChangeHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** An independent consumer: Confluent's own deserializers, read_committed, and only the registry's address. */
public final class CapturedTopics implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final String kafka;
    private final Consumer<GenericRecord, GenericRecord> consumer;
    private final List<Captured> records = new ArrayList<>();

    CapturedTopics(String kafka, String registry, List<String> topics) {
        this.kafka = kafka;
        this.consumer = new KafkaConsumer<>(Map.of(
                "bootstrap.servers",
                kafka,
                "schema.registry.url",
                registry,
                "key.deserializer",
                KafkaAvroDeserializer.class,
                "value.deserializer",
                KafkaAvroDeserializer.class,
                "isolation.level",
                "read_committed"));
        List<TopicPartition> partitions = topics.stream()
                .flatMap(topic -> consumer.partitionsFor(topic).stream())
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    /** All that was read until the condition held. */
    public List<Captured> until(Predicate<List<Captured>> condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.test(records)) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not seen within " + PATIENCE + "; read so far:\n" + records);
            }
            for (ConsumerRecord<GenericRecord, GenericRecord> record : consumer.poll(Duration.ofMillis(100))) {
                records.add(new Captured(record, ChangeHeaders.from(record.headers())));
            }
        }
        return List.copyOf(records);
    }

    /** All that the topics hold now, once no transaction is open in them. */
    List<Captured> all() throws Exception {
        Map<TopicPartition, Long> ends = new HashMap<>();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka))) {
            Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
            consumer.assignment().forEach(partition -> latest.put(partition, OffsetSpec.latest()));
            admin.listOffsets(latest).all().get().forEach((partition, end) -> ends.put(partition, end.offset()));
        }
        return until(
                read -> ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue()));
    }

    /** The rows of a topic after all its records, by key. */
    static Map<String, GenericRecord> latest(List<Captured> records, String topic) {
        Map<String, GenericRecord> rows = new HashMap<>();
        for (Captured record : records) {
            if (!record.topic().equals(topic)) {
                continue;
            }
            GenericRecord after = record.after();
            if (after == null) {
                rows.remove(record.key());
            } else {
                rows.put(record.key(), after);
            }
        }
        return rows;
    }

    @Override
    public void close() {
        consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(1)));
    }

    /** One record with its headers. */
    public record Captured(ConsumerRecord<GenericRecord, GenericRecord> record, ChangeHeaders headers) {
        String topic() {
            return record.topic();
        }

        TopicPartition partition() {
            return new TopicPartition(record.topic(), record.partition());
        }

        String key() {
            return record.key().toString();
        }

        boolean tombstone() {
            return record.value() == null;
        }

        String operation() {
            return tombstone() ? "" : record.value().get("op").toString();
        }

        @Nullable
        GenericRecord after() {
            return tombstone() ? null : (GenericRecord) record.value().get("after");
        }

        @Override
        public String toString() {
            return "%s %s %s".formatted(record.topic(), operation(), key());
        }
    }

    public static void waitFor(String what, java.util.function.BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + PATIENCE + ": " + what);
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }
}
