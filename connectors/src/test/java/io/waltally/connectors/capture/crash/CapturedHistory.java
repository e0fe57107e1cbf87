package io.waltally.connectors.capture.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.waltally.connectors.capture.crash.SeededWriter.Committed;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.SnapshotState;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.control.WatermarkKey;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a read_committed consumer sees of the sync store up to the last watermark, and the assertions that
 * must hold after any crash.
 */
final class CapturedHistory {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private final Map<TopicPartition, List<Entry>> partitions;
    private final Map<Long, List<Entry>> transactions = new LinkedHashMap<>();
    private final List<Watermark> watermarks;

    /** A record, short enough to keep of hundreds of thousands. */
    private record Entry(long offset, RowChange change, ChangeHeaders headers) {}

    private CapturedHistory(Map<TopicPartition, List<Entry>> partitions, List<Watermark> watermarks) {
        this.partitions = partitions;
        this.watermarks = watermarks;
        for (List<Entry> entries : partitions.values()) {
            for (Entry entry : entries) {
                if (entry.headers().transactionId() != 0) {
                    transactions
                            .computeIfAbsent(entry.headers().transactionId(), id -> new ArrayList<>())
                            .add(entry);
                }
            }
        }
        transactions
                .values()
                .forEach(entries -> entries.sort(
                        Comparator.comparingLong(entry -> entry.headers().position())));
    }

    static CapturedHistory read(String kafka, String registry, TopicCatalogue catalogue) {
        Map<String, Object> properties = new HashMap<>();
        properties.put("bootstrap.servers", kafka);
        properties.put("isolation.level", "read_committed");
        properties.put("schema.registry.url", registry);
        Topic<WatermarkKey, Watermark> topic = catalogue.watermarks();
        List<Watermark> watermarks = new ArrayList<>();
        read(
                properties,
                topic.keySerde().deserializer(),
                topic.valueSerde().deserializer(),
                List.of(topic.name()),
                record -> watermarks.add(record.value()));
        Map<TopicPartition, List<Entry>> partitions = new HashMap<>();
        List<String> topics =
                Source.SYNC.defaultTables().stream().map(Source.SYNC::topicOf).toList();
        read(
                properties,
                CapturedHistory.avro(true, registry),
                CapturedHistory.avro(false, registry),
                topics,
                record -> partitions
                        .computeIfAbsent(
                                new TopicPartition(record.topic(), record.partition()), name -> new ArrayList<>())
                        .add(new Entry(record.offset(), RowChange.of(record), ChangeHeaders.from(record.headers()))));
        return new CapturedHistory(partitions, watermarks);
    }

    @SuppressWarnings("unchecked") // generic records are the default of Confluent's deserializer
    private static Deserializer<GenericRecord> avro(boolean key, String registry) {
        KafkaAvroDeserializer deserializer = new KafkaAvroDeserializer();
        deserializer.configure(Map.of("schema.registry.url", registry), key);
        return (Deserializer<GenericRecord>) (Deserializer<?>) deserializer;
    }

    private static <K, V> void read(
            Map<String, Object> properties,
            Deserializer<K> keys,
            Deserializer<V> values,
            List<String> topics,
            java.util.function.Consumer<ConsumerRecord<K, V>> each) {
        try (Consumer<K, V> consumer = new KafkaConsumer<>(properties, keys, values)) {
            List<TopicPartition> partitions = topics.stream()
                    .flatMap(topic -> consumer.partitionsFor(topic).stream())
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            long deadline = System.nanoTime() + TIMEOUT.toNanos();
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                assertThat(System.nanoTime())
                        .as("read to the end of %s", topics)
                        .isLessThan(deadline);
                consumer.poll(Duration.ofMillis(100)).forEach(each);
            }
        }
    }

    /** How much there is, for the record. */
    @Override
    public String toString() {
        return "%d records in %d transactions and %d watermarks"
                .formatted(
                        partitions.values().stream().mapToInt(List::size).sum(),
                        transactions.size(),
                        watermarks.size());
    }

    /** Sequence and position order each partition, and the last record of each transaction in it is marked. */
    void headersAreConsistent() {
        partitions.forEach((partition, entries) -> {
            for (int i = 0; i < entries.size(); i++) {
                ChangeHeaders headers = entries.get(i).headers();
                boolean ends =
                        i + 1 == entries.size() || entries.get(i + 1).headers().sequence() != headers.sequence();
                // The rows of a snapshot are one transaction whose parts may end before it does.
                if (ends || headers.transactionId() != 0) {
                    assertThat(headers.last())
                            .as("%s is the last of its transaction in %s", entries.get(i), partition)
                            .isEqualTo(ends);
                }
                if (!ends) {
                    ChangeHeaders next = entries.get(i + 1).headers();
                    assertThat(next.transactionId())
                            .as("%s in %s", entries.get(i + 1), partition)
                            .isEqualTo(headers.transactionId());
                    assertThat(next.position())
                            .as("%s in %s", entries.get(i + 1), partition)
                            .isGreaterThan(headers.position());
                } else if (i + 1 < entries.size()) {
                    assertThat(new Lsn(entries.get(i + 1).headers().sequence()))
                            .as("%s in %s", entries.get(i + 1), partition)
                            .isGreaterThan(new Lsn(headers.sequence()));
                }
            }
        });
        transactions.forEach((id, entries) -> {
            for (int i = 0; i < entries.size(); i++) {
                assertThat(entries.get(i).headers().position())
                        .as("position of %s in transaction %d", entries.get(i), id)
                        .isEqualTo(i);
            }
            assertThat(entries.stream().map(entry -> entry.headers().sequence()).distinct())
                    .as("sequences of transaction %d", id)
                    .hasSize(1);
            assertThat(entries.stream()
                            .flatMap(entry -> entry.headers().commitLsn().stream())
                            .distinct())
                    .as("ends of transaction %d", id)
                    .hasSize(1);
        });
    }

    /**
     * Each watermark has all transactions that ended up to its LSN below its offsets, and nothing that ended later. The
     * rows of a snapshot that is under way may be on either side.
     */
    void watermarksCoverWhatTheyClaim() {
        assertThat(watermarks).isNotEmpty();
        Map<TopicPartition, List<Lsn>> ends = new HashMap<>();
        partitions.forEach((partition, entries) -> ends.put(partition, ends(entries)));
        Lsn before = Lsn.ZERO;
        for (Watermark watermark : watermarks) {
            Lsn position = new Lsn(watermark.getLsn());
            assertThat(position).as("LSN of %s", watermark).isGreaterThanOrEqualTo(before);
            before = position;
            boolean snapshot = watermark.getSnapshot().getState() == SnapshotState.RUNNING;
            partitions.forEach((partition, entries) -> {
                int covered = firstAfter(ends.get(partition), position);
                Long offset = watermark.getOffsets().get(partition.toString());
                while (snapshot && covered > 0 && isAbove(entries.get(covered - 1), offset)) {
                    covered--;
                }
                if (covered == 0) {
                    assertThat(offset)
                            .as("offset of %s in %s", partition, watermark)
                            .isNull();
                } else {
                    assertThat(offset)
                            .as("offset of %s in %s", partition, watermark)
                            .isEqualTo(entries.get(covered - 1).offset() + 1);
                }
            });
        }
    }

    private static boolean isAbove(Entry row, @Nullable Long offset) {
        return row.headers().transactionId() == 0 && (offset == null || row.offset() >= offset);
    }

    /** Of each entry the end of its transaction. */
    private static List<Lsn> ends(List<Entry> entries) {
        Lsn[] ends = new Lsn[entries.size()];
        Lsn end = Lsn.ZERO;
        for (int i = ends.length - 1; i >= 0; i--) {
            end = entries.get(i).headers().commitLsn().orElse(end);
            ends[i] = end;
        }
        return List.of(ends);
    }

    /** The number of transactions' records that end at or before the position: their ends are sorted. */
    private static int firstAfter(List<Lsn> ends, Lsn position) {
        int low = 0;
        int high = ends.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ends.get(middle).isAfter(position)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /**
     * Each transaction is there once and whole, in its writer's order, and no other is.
     *
     * @param writers of each what it committed, in order
     * @param atMostInSnapshot how many of them at most ended before the snapshot, which shows only what they left behind
     */
    void transactionsAreThoseOf(List<List<Committed>> writers, List<Integer> atMostInSnapshot) {
        Set<Long> known = new HashSet<>();
        for (int writer = 0; writer < writers.size(); writer++) {
            List<Committed> committed = writers.get(writer).stream()
                    .filter(transaction -> !transaction.changes().isEmpty())
                    .toList();
            int first = 0;
            while (first < committed.size()
                    && !transactions.containsKey(committed.get(first).transactionId())) {
                first++;
            }
            assertThat(first)
                    .as("transactions of writer %d before its first one in the topics", writer)
                    .isLessThanOrEqualTo(atMostInSnapshot.get(writer));
            Lsn previous = Lsn.ZERO;
            for (int number = first; number < committed.size(); number++) {
                Committed expected = committed.get(number);
                known.add(expected.transactionId());
                List<Entry> entries = transactions.get(expected.transactionId());
                assertThat(entries)
                        .as("transaction %d of writer %d", expected.transactionId(), writer)
                        .isNotNull();
                List<RowChange> seen = entries.stream().map(Entry::change).toList();
                Set<String> unknown = keysWithAnotherValue(entries, committed.subList(number + 1, committed.size()));
                assertThat(byKey(seen, unknown))
                        .as("transaction %d of writer %d", expected.transactionId(), writer)
                        .isEqualTo(byKey(expected.changes(), unknown));
                Lsn sequence = new Lsn(entries.get(0).headers().sequence());
                assertThat(sequence)
                        .as("sequence of transaction %d of writer %d", expected.transactionId(), writer)
                        .isGreaterThan(previous);
                previous = sequence;
            }
        }
        assertThat(transactions.keySet())
                .as("transactions that nobody committed")
                .isSubsetOf(known);
    }

    /**
     * New keys whose unchanged value was nowhere, or was already that of a later transaction: the snapshot was cut off, and
     * the row gone or changed again before it went on. Once the snapshot is complete there are none.
     */
    private Set<String> keysWithAnotherValue(List<Entry> entries, List<Committed> later) {
        if (!snapshotComplete().isAfter(new Lsn(entries.get(0).headers().sequence()))) {
            return Set.of();
        }
        return entries.stream()
                .map(Entry::change)
                .filter(change -> change.operation().equals("c"))
                .filter(change -> change.isWithoutValue()
                        || later.stream()
                                .flatMap(transaction -> transaction.changes().stream())
                                .anyMatch(change::hasValueOf))
                .map(RowChange::key)
                .collect(Collectors.toSet());
    }

    private Lsn snapshotComplete() {
        return watermarks.stream()
                .filter(watermark -> watermark.getSnapshot().getState() == SnapshotState.COMPLETED)
                .map(watermark -> new Lsn(watermark.getLsn()))
                .findFirst()
                .orElse(Lsn.ZERO);
    }

    private static Map<String, List<RowChange>> byKey(List<RowChange> changes, Set<String> unknown) {
        Map<String, List<RowChange>> byKey = new TreeMap<>();
        for (RowChange change : changes) {
            byKey.computeIfAbsent(change.topic() + " " + change.key(), key -> new ArrayList<>())
                    .add(unknown.contains(change.key()) ? change.withoutValue() : change);
        }
        return byKey;
    }

    /** A row is in the snapshot once at most. */
    void snapshotHasEachRowOnce() {
        Set<String> rows = new HashSet<>();
        partitions.forEach((partition, entries) -> entries.stream()
                .filter(entry -> entry.change().operation().equals("r"))
                .forEach(entry -> assertThat(rows.add(
                                entry.change().topic() + " " + entry.change().key()))
                        .as("%s is in the snapshot once", entry)
                        .isTrue()));
        assertThat(rows).isNotEmpty();
    }

    /**
     * Counters that every writer raises by one at a time: their order is the commit order of all writers. A row of the
     * snapshot is never older than the stream before it.
     */
    void countersGrowByOne() {
        partitions.forEach((partition, entries) -> {
            Map<String, Entry> streamed = new HashMap<>();
            for (Entry entry : entries) {
                RowChange change = entry.change();
                if (!change.topic().equals(RowChange.USER_COLLECTIONS)
                        || !change.key().startsWith(SeededWriter.COUNTERS + "/")) {
                    continue;
                }
                Entry before = streamed.get(change.key());
                if (change.operation().equals("r")) {
                    if (before != null) {
                        assertThat(count(change))
                                .as("%s after %s", entry, before)
                                .isGreaterThanOrEqualTo(count(before.change()));
                    }
                    continue;
                }
                streamed.put(change.key(), entry);
                if (before != null) {
                    assertThat(count(change)).as("%s after %s", entry, before).isEqualTo(count(before.change()) + 1);
                }
            }
        });
    }

    private static long count(RowChange change) {
        return Long.parseLong(change.content().substring(change.content().indexOf(' ') + 1));
    }

    /** The rows of a topic after all its records, by key. */
    Map<String, String> latest(String topic) {
        Map<String, String> rows = new TreeMap<>();
        partitions.forEach((partition, entries) -> {
            if (partition.topic().equals(topic)) {
                for (Entry entry : entries) {
                    String key = entry.change().key();
                    String after = entry.change().after(rows.get(key));
                    if (after == null) {
                        rows.remove(key);
                    } else {
                        rows.put(key, after);
                    }
                }
            }
        });
        return rows;
    }
}
