import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;

/**
 * Prints the transactions of PostgreSQL, whole and in the order in which they were committed, from all partitions of the
 * given topics of one source. Everything but the printing is done by headers and watermarks.
 *
 * <p>Usage: ReadTransactions [--kafka HOST:PORT] [--registry URL] [--once] TOPIC...
 */
public final class ReadTransactions {
    private static final String WATERMARKS = "_waltally.watermarks";

    private final KafkaConsumer<Object, Object> consumer;
    private final String source;

    /** What was read and is not yet known to be complete. */
    private final TreeMap<Place, List<ConsumerRecord<Object, Object>>> transactions = new TreeMap<>();

    /** Watermarks whose data are not all read yet. */
    private final Deque<Watermark> awaited = new ArrayDeque<>();

    /** Where a transaction stands in the history of its source. */
    record Place(int epoch, long sequence) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            return epoch != other.epoch ? Integer.compare(epoch, other.epoch) : Long.compare(sequence, other.sequence);
        }
    }

    /** Everything that ended at or before the LSN is below these offsets. */
    record Watermark(int epoch, long lsn, Map<String, Long> offsets) {}

    ReadTransactions(String kafka, String registry, List<String> topics) {
        consumer = new KafkaConsumer<>(Map.of(
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
        source = topics.get(0).replaceFirst("\\..*", "");
        List<TopicPartition> partitions = new ArrayList<>();
        consumer.partitionsFor(WATERMARKS)
                .forEach(info -> partitions.add(new TopicPartition(WATERMARKS, info.partition())));
        for (String topic : topics) {
            consumer.partitionsFor(topic).forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
        }
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    /** Until everything is printed that was there at the beginning, or, if not once, for ever. */
    void run(boolean once) {
        Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
        do {
            for (ConsumerRecord<Object, Object> record : consumer.poll(Duration.ofMillis(100))) {
                if (record.topic().equals(WATERMARKS)) {
                    take((GenericRecord) record.key(), (GenericRecord) record.value());
                } else {
                    Place place = new Place((int) number(record, "waltally.epoch"), number(record, "waltally.seq"));
                    transactions
                            .computeIfAbsent(place, added -> new ArrayList<>())
                            .add(record);
                }
            }
            while (!awaited.isEmpty() && isReadUpTo(awaited.peek())) {
                printUpTo(awaited.remove());
            }
        } while (!once || !awaited.isEmpty() || !isAt(ends));
    }

    private void take(GenericRecord key, GenericRecord value) {
        if (key.get("source").toString().equals(source)) {
            Map<String, Long> offsets = new HashMap<>();
            ((Map<?, ?>) value.get("offsets"))
                    .forEach((partition, end) -> offsets.put(partition.toString(), (Long) end));
            awaited.add(new Watermark((int) value.get("epoch"), (long) value.get("lsn"), offsets));
        }
    }

    private boolean isReadUpTo(Watermark watermark) {
        return consumer.assignment().stream()
                .allMatch(partition ->
                        consumer.position(partition) >= watermark.offsets().getOrDefault(partition.toString(), 0L));
    }

    private boolean isAt(Map<TopicPartition, Long> ends) {
        return ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
    }

    /** A transaction's sequence lies below its end, and no later one's does. */
    private void printUpTo(Watermark watermark) {
        Map<Place, List<ConsumerRecord<Object, Object>>> complete =
                transactions.headMap(new Place(watermark.epoch(), watermark.lsn()));
        complete.values().forEach(this::print);
        complete.clear();
    }

    private void print(List<ConsumerRecord<Object, Object>> transaction) {
        // By position: partitions are read in any order, and what is read twice has the same place.
        Map<Long, ConsumerRecord<Object, Object>> changes = new TreeMap<>();
        transaction.forEach(record -> changes.put(number(record, "waltally.pos"), record));
        String commit = transaction.stream()
                .filter(record -> text(record, "waltally.last") != null)
                .map(record -> text(record, "waltally.commit-lsn"))
                .findFirst()
                .orElse("?");
        ConsumerRecord<Object, Object> first = transaction.get(0);
        String id = text(first, "waltally.txid");
        System.out.printf(
                "%s %s, epoch %s, committed at %s, %d records%n",
                source,
                id.equals("0") ? "snapshot" : "transaction " + id,
                text(first, "waltally.epoch"),
                commit,
                changes.size());
        changes.values()
                .forEach(record -> System.out.printf("  %s %s %s%n", operation(record), record.topic(), record.key()));
    }

    /** c, u, d or r as Debezium writes it; a tombstone has no value. */
    private static String operation(ConsumerRecord<Object, Object> record) {
        return record.value() == null
                ? "-"
                : ((GenericRecord) record.value()).get("op").toString();
    }

    private static long number(ConsumerRecord<Object, Object> record, String header) {
        return Long.parseLong(text(record, header));
    }

    private static String text(ConsumerRecord<Object, Object> record, String header) {
        Header found = record.headers().lastHeader(header);
        return found == null ? null : new String(found.value(), StandardCharsets.UTF_8);
    }

    public static void main(String[] arguments) {
        Map<String, String> options = new LinkedHashMap<>(
                Map.of("--kafka", "127.0.0.1:19092", "--registry", "http://127.0.0.1:18081/apis/ccompat/v7"));
        List<String> topics = new ArrayList<>(Arrays.asList(arguments));
        options.replaceAll((name, value) -> {
            int at = topics.indexOf(name);
            if (at < 0) {
                return value;
            }
            topics.remove(at);
            return topics.remove(at);
        });
        boolean once = topics.remove("--once");
        if (topics.isEmpty()) {
            System.err.println("Usage: ReadTransactions [--kafka HOST:PORT] [--registry URL] [--once] TOPIC...");
            System.exit(2);
        }
        new ReadTransactions(options.get("--kafka"), options.get("--registry"), topics).run(once);
    }
}
