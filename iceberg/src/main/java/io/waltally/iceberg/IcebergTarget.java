package io.waltally.iceberg;

import io.waltally.iceberg.change.ChangeReader;
import io.waltally.iceberg.table.ChangelogTable;
import io.waltally.iceberg.table.TableFailures;
import io.waltally.schemas.Source;
import io.waltally.schemas.serde.RegistryAccess;
import io.waltally.sinks.engine.SinkInput;
import io.waltally.sinks.target.CapturedRecords;
import io.waltally.sinks.target.CompletePosition;
import io.waltally.sinks.target.Target;
import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TopicOffsets;
import io.waltally.sinks.target.WriterClaim;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Writes the changes of captured tables to Iceberg tables in a file system, {@code <warehouse>/<source>/<table>}.
 *
 * <p>Iceberg commits one table at a time. Therefore each table has positions of its own: it has each record once, and
 * whole transactions up to an LSN of its own, whatever happens between two commits.
 */
public final class IcebergTarget implements Target {
    /** The longest time until a change is visible, while capture and sink keep up. */
    public static final Duration DEFAULT_COMMIT_INTERVAL = Duration.ofSeconds(10);

    private static final int BATCH_RECORDS = 1_000_000;

    private final Path warehouse;
    private final ChangeReader reader;
    private final SortedMap<String, ChangelogTable> tables = new TreeMap<>();
    private boolean open;

    /**
     * @param sink its name
     * @param tables captured tables of schema {@code public}
     * @param warehouse a directory that all instances of the sink see
     */
    public IcebergTarget(String sink, Source source, List<String> tables, Path warehouse, RegistryAccess registry) {
        this.warehouse = warehouse.toAbsolutePath().normalize();
        for (String table : tables) {
            String topic = source.topicOf(table);
            Path directory = this.warehouse.resolve(source.id()).resolve(table);
            this.tables.put(topic, new ChangelogTable(sink, topic, directory));
        }
        reader = new ChangeReader(registry);
    }

    /** The batching that keeps files from becoming too small. */
    public static SinkInput.Batching batching(Duration commitInterval) {
        return new SinkInput.Batching(BATCH_RECORDS, commitInterval);
    }

    /** The directories only: what their tables are is known when they are claimed. */
    @Override
    public void check() {
        tables.values().forEach(table -> {
            Path existing = table.directory();
            while (!Files.exists(existing) && existing.getParent() != null) {
                existing = existing.getParent();
            }
            if (!Files.isDirectory(existing)) {
                throw TableFailures.of(
                        new UncheckedIOException(new NotDirectoryException(existing.toString())), warehouse.toString());
            }
            if (!Files.isWritable(existing) || !Files.isExecutable(existing)) {
                throw TableFailures.of(
                        new UncheckedIOException(new AccessDeniedException(existing.toString())), warehouse.toString());
            }
        });
    }

    @Override
    public Map<TopicPartition, Long> claim(WriterClaim claim) {
        return guarded(() -> {
            tables.values().forEach(table -> table.claim(claim, partition -> isOf(partition, table)));
            return positionsOfAll();
        });
    }

    /** A table has the positions of its topic, and of those that are of no table, such as watermarks. */
    private boolean isOf(TopicPartition partition, ChangelogTable table) {
        return partition.topic().equals(table.topic()) || !tables.containsKey(partition.topic());
    }

    /**
     * Returns the least position of each partition over the tables that store it; omits partitions that a table lacks.
     */
    private Map<TopicPartition, Long> positionsOfAll() {
        List<Map<TopicPartition, Long>> all =
                tables.values().stream().map(ChangelogTable::positions).toList();
        Set<TopicPartition> partitions =
                all.stream().flatMap(next -> next.keySet().stream()).collect(Collectors.toSet());
        Map<TopicPartition, Long> positions = new HashMap<>();
        for (TopicPartition partition : partitions) {
            int keepers = tables.containsKey(partition.topic()) ? 1 : tables.size();
            List<Long> known = all.stream()
                    .filter(next -> next.containsKey(partition))
                    .map(next -> next.get(partition))
                    .toList();
            if (known.size() == keepers) {
                positions.put(
                        partition, known.stream().min(Comparator.naturalOrder()).orElseThrow());
            }
        }
        return positions;
    }

    @Override
    public void release(Collection<TopicPartition> partitions) {
        // The next claim fences this instance.
    }

    @Override
    public Map<TopicPartition, Long> positions(Set<String> topics) {
        return guarded(() -> {
            Map<TopicPartition, Long> positions = new HashMap<>();
            tablesOf(topics).forEach(table -> positions.putAll(ownPositions(table)));
            return positions;
        });
    }

    @Override
    public Map<TopicPartition, Instant> confirmedAt(Set<String> topics) {
        return guarded(() -> {
            Map<TopicPartition, Instant> confirmed = new HashMap<>();
            tablesOf(topics)
                    .forEach(table -> table.confirmedAt()
                            .ifPresent(time ->
                                    ownPositions(table).keySet().forEach(partition -> confirmed.put(partition, time))));
            return confirmed;
        });
    }

    private List<ChangelogTable> tablesOf(Set<String> topics) {
        return tables.values().stream()
                .filter(table -> topics.contains(table.topic()))
                .toList();
    }

    private static Map<TopicPartition, Long> ownPositions(ChangelogTable table) {
        Map<TopicPartition, Long> own = new HashMap<>(table.committedPositions());
        own.keySet().removeIf(partition -> !partition.topic().equals(table.topic()));
        return own;
    }

    @Override
    public Optional<CompletePosition> completeTo() {
        List<Optional<CompletePosition>> all =
                tables.values().stream().map(ChangelogTable::completeTo).toList();
        return all.stream().allMatch(Optional::isPresent)
                ? all.stream()
                        .map(Optional::get)
                        .min(Comparator.comparing(CompletePosition::epoch).thenComparing(CompletePosition::lsn))
                : Optional.empty();
    }

    @Override
    public Optional<TargetException> refusal(ConsumerRecord<byte[], byte[]> record) {
        return CapturedRecords.refusal(record);
    }

    @Override
    public void begin() {
        run(() -> {
            open = true;
            tables.values().forEach(ChangelogTable::begin);
        });
    }

    @Override
    public long apply(List<ConsumerRecord<byte[], byte[]>> records) {
        return guarded(() -> {
            long rows = 0;
            for (ConsumerRecord<byte[], byte[]> record : records) {
                ChangelogTable table = tables.get(record.topic());
                if (table == null) {
                    throw new IllegalArgumentException("topic " + record.topic() + " is not one of the sink");
                }
                TopicPartition partition = new TopicPartition(record.topic(), record.partition());
                if (table.write(partition, reader.read(record))) {
                    rows++;
                }
            }
            return rows;
        });
    }

    @Override
    public void commit(TopicOffsets positions) {
        run(() -> {
            for (ChangelogTable table : tables.values()) {
                Map<TopicPartition, Long> own = new HashMap<>(positions.next());
                own.keySet().removeIf(partition -> !isOf(partition, table));
                table.commit(new TopicOffsets(own, positions.completeTo()));
            }
            open = false;
        });
    }

    @Override
    public void rollback() {
        if (open) {
            open = false;
            tables.values().forEach(ChangelogTable::rollback);
        }
    }

    @Override
    public void maintain() {
        run(() -> tables.values().forEach(ChangelogTable::maintain));
    }

    private void run(Runnable work) {
        guarded(() -> {
            work.run();
            return true;
        });
    }

    private <T> T guarded(Supplier<T> work) {
        try {
            return work.get();
        } catch (RuntimeException e) {
            throw TableFailures.of(e, warehouse.toString());
        }
    }

    @Override
    public void close() {
        rollback();
        reader.close();
    }
}
