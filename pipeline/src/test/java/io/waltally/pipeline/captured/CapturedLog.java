package io.waltally.pipeline.captured;

import io.waltally.pipeline.topic.RoutedPartitioner;
import io.waltally.schemas.Change;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Operation;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.topic.Topic;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** The cdc topics of one source as capture writes them: headers, tombstones, marks of last records, watermarks. */
public final class CapturedLog {
    private final Source source;
    private final List<Entry<?, ?>> entries = new ArrayList<>();
    private final Map<String, Long> offsets = new TreeMap<>();
    private Instant now;
    private int epoch = 1;
    private long transactionId = 700;
    private long lsn = 0x1000;
    private Runnable committed = () -> {};

    public CapturedLog(Source source, Instant start) {
        this.source = source;
        this.now = start;
    }

    public Source source() {
        return source;
    }

    public Instant now() {
        return now;
    }

    public void wait(Duration duration) {
        now = now.plus(duration);
    }

    /** Runs that after each transaction that changed anything. */
    public void afterEach(Runnable action) {
        committed = action;
    }

    /** Every record so far, in commit order. */
    public List<Entry<?, ?>> entries() {
        return List.copyOf(entries);
    }

    /** Everything so far is captured. */
    public Watermark watermark() {
        return new Watermark(
                lsn, epoch, 1L, 1, "waltally_" + source, transactionId, now, new TreeMap<>(offsets), null, null, null);
    }

    /** A committed transaction; returns its id. */
    public long transaction(Consumer<Transaction> changes) {
        transactionId++;
        write(changes, transactionId, lsn);
        return transactionId;
    }

    /** A batch of snapshot rows. */
    public void snapshot(Consumer<Transaction> rows) {
        write(rows, 0, lsn - 1);
    }

    /** What a snapshot makes of rows that the topics have and the tables have not. */
    public void tombstoneVanished() {
        Map<List<Object>, Entry<?, ?>> last = new LinkedHashMap<>();
        entries.forEach(entry -> last.put(List.of(entry.topic().name(), entry.key()), entry));
        snapshot(tx ->
                last.values().stream().filter(entry -> entry.change() == null).forEach(entry -> tombstone(tx, entry)));
    }

    private static <K extends SpecificRecord, R> void tombstone(Transaction tx, Entry<K, R> entry) {
        tx.tombstone(entry.topic(), entry.key());
    }

    private void write(Consumer<Transaction> changes, long id, long sequence) {
        Transaction transaction = new Transaction(id, sequence);
        changes.accept(transaction);
        lsn += 0x100;
        Map<String, Entry<?, ?>> last = new HashMap<>();
        for (Entry<?, ?> entry : transaction.written) {
            String partition = entry.topic().name() + "-" + entry.partition();
            last.put(partition, entry);
            offsets.merge(partition, 1L, Long::sum);
        }
        last.values().forEach(entry -> ChangeHeaders.markLast(entry.headers(), new Lsn(lsn)));
        entries.addAll(transaction.written);
        if (!transaction.written.isEmpty()) {
            committed.run();
        }
    }

    /** A record, before it is serialized. */
    public record Entry<K extends SpecificRecord, R>(
            Topic<K, Change<R>> topic, K key, Change<R> change, Headers headers, Instant time) {
        int partition() {
            return key == null
                    ? 0
                    : new RoutedPartitioner<K, Object>(topic.routing())
                            .partitions(topic.name(), key, "", topic.partitions())
                            .orElseThrow()
                            .iterator()
                            .next();
        }
    }

    /** Writes the changes of one transaction. */
    public final class Transaction {
        private final List<Entry<?, ?>> written = new ArrayList<>();
        private final long id;
        private final long sequence;

        private Transaction(long id, long sequence) {
            this.id = id;
            this.sequence = sequence;
        }

        public <K extends SpecificRecord, R> void insert(Topic<K, Change<R>> topic, K key, R row) {
            add(topic, key, new Change<>(id == 0 ? Operation.READ : Operation.CREATE, null, row, now));
        }

        public <K extends SpecificRecord, R> void update(Topic<K, Change<R>> topic, K key, R row) {
            add(topic, key, new Change<>(Operation.UPDATE, null, row, now));
        }

        public <K extends SpecificRecord, R> void delete(Topic<K, Change<R>> topic, K key) {
            add(topic, key, new Change<>(Operation.DELETE, null, null, now));
            add(topic, key, null);
        }

        /** As capture expresses a TRUNCATE: no delete, only tombstones. */
        public <K extends SpecificRecord, R> void tombstone(Topic<K, Change<R>> topic, K key) {
            add(topic, key, null);
        }

        private <K extends SpecificRecord, R> void add(Topic<K, Change<R>> topic, K key, Change<R> change) {
            Headers headers = new RecordHeaders();
            new ChangeHeaders(source, epoch, id, sequence, written.size(), Optional.empty()).addTo(headers);
            written.add(new Entry<>(topic, key, change, headers, now));
        }
    }

    /** The records of each topic in their order. */
    public static Map<String, List<Entry<?, ?>>> byTopic(List<Entry<?, ?>> entries) {
        Map<String, List<Entry<?, ?>>> topics = new LinkedHashMap<>();
        entries.forEach(entry -> topics.computeIfAbsent(entry.topic().name(), name -> new ArrayList<>())
                .add(entry));
        return topics;
    }
}
