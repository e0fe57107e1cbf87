package io.waltally.iceberg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.iceberg.TargetHistory.Watermark;
import io.waltally.iceberg.change.ChangePosition;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.serde.RegistryAccess;
import io.waltally.sinks.target.CompletePosition;
import io.waltally.sinks.target.ResetRequest;
import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TopicOffsets;
import io.waltally.sinks.target.WriterClaim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableProperties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class IcebergTargetTest {
    private static final String REGISTRY = "mock://iceberg-target";
    private static final String CLUSTER = "cluster";
    private static final Uuid TOPIC = new Uuid(1, 1);

    @TempDir
    private Path warehouse;

    private final List<IcebergTarget> opened = new ArrayList<>();

    static Stream<Long> seeds() {
        Long given = Long.getLong("waltally.seed");
        return given != null
                ? Stream.of(given)
                : new Random()
                        .longs(Integer.getInteger("waltally.histories", 4))
                        .boxed();
    }

    /** Reads as the engine does, and is killed, fenced, and doubled. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void eachChangeIsInItsTableOnceWhateverIsKilledAndWhoeverBelievesToLead(long seed) throws SQLException {
        Random random = new Random(seed);
        TargetHistory history = new TargetHistory(REGISTRY + seed, random, 40);
        List<Reader> readers = List.of(new Reader(history, seed, random), new Reader(history, seed, random));
        readers.forEach(Reader::start);
        int steps = 0;
        while (readers.stream().noneMatch(Reader::isAtEnd)) {
            Reader reader = readers.get(random.nextInt(readers.size()));
            try {
                // At first in turmoil, then until the end.
                reader.step(steps++ < 60);
            } catch (TargetException e) {
                assertThat(e.kind()).as(e.getMessage()).isEqualTo(TargetException.Kind.FENCED);
                reader.start();
            }
        }
        readers.forEach(Reader::close);

        for (String name : TargetHistory.TABLES) {
            Table table = new Lake(warehouse).table("s3", name);
            assertThat(Lake.rows(table).stream().map(Lake::change))
                    .containsExactlyInAnyOrderElementsOf(history.changes.get(name));
            assertThat(Lake.currentRows(table))
                    .isEqualTo(history.rows.get(name).entrySet().stream()
                            .map(row -> row.getKey() + " " + row.getValue())
                            .toList());
        }
    }

    /** An instance. Its claims and transactions are those of the engine. */
    private final class Reader {
        private final TargetHistory history;
        private final Random random;
        private final String registry;
        private IcebergTarget target;
        private Map<TopicPartition, Long> positions = new HashMap<>();
        private int watermark;

        Reader(TargetHistory history, long seed, Random random) {
            this.history = history;
            this.random = random;
            registry = REGISTRY + seed;
            target = open(registry, TargetHistory.TABLES);
        }

        void start() {
            target.rollback();
            target.close();
            target = open(registry, TargetHistory.TABLES);
            Map<TopicPartition, Long> known = target.claim(claim(""));
            positions = new HashMap<>();
            history.records.keySet().forEach(partition -> positions.put(partition, known.getOrDefault(partition, 0L)));
            watermark = known.getOrDefault(TargetHistory.WATERMARKS, 0L).intValue();
        }

        boolean isAtEnd() {
            return watermark >= history.watermarks.size();
        }

        void step(boolean turmoil) {
            int choice = turmoil ? random.nextInt(10) : 9;
            if (choice == 0) {
                start();
                return;
            }
            int last = Math.min(history.watermarks.size(), watermark + 1 + random.nextInt(3));
            Watermark end = history.watermarks.get(last - 1);
            target.begin();
            write(end, choice);
            if (choice == 1) {
                // Killed before the commit.
                start();
                return;
            }
            if (choice == 2) {
                // Another instance has come as far as to claim one of the tables.
                try (IcebergTarget other = open(
                        registry, List.of(TargetHistory.TABLES.get(random.nextInt(TargetHistory.TABLES.size()))))) {
                    other.claim(claim(""));
                }
            }
            Map<TopicPartition, Long> next = new HashMap<>(positions);
            next.put(TargetHistory.WATERMARKS, end.offset());
            target.commit(new TopicOffsets(next, Optional.of(end.completeTo())));
            watermark = last;
        }

        private void write(Watermark end, int choice) {
            List<TopicPartition> partitions = new ArrayList<>(positions.keySet());
            Collections.shuffle(partitions, random);
            for (TopicPartition partition : partitions) {
                while (positions.get(partition) < end.ends().get(partition)) {
                    int from = positions.get(partition).intValue();
                    int to = Math.min(end.ends().get(partition).intValue(), from + 1 + random.nextInt(5));
                    List<ConsumerRecord<byte[], byte[]>> part =
                            history.records.get(partition).subList(from, to);
                    target.apply(part);
                    positions.put(partition, (long) to);
                    // As the engine does it before the target has reached a watermark, also between a delete and its
                    // tombstone.
                    if (choice == 3) {
                        target.commit(TopicOffsets.of(positions));
                        if (random.nextInt(4) == 0) {
                            start();
                        }
                        target.begin();
                    }
                }
            }
        }

        void close() {
            target.close();
        }
    }

    private IcebergTarget open(String registry, List<String> tables) {
        IcebergTarget target = new IcebergTarget("lake", Source.S3, tables, warehouse, RegistryAccess.of(registry));
        opened.add(target);
        return target;
    }

    private static WriterClaim claim(String resetId) {
        return claim(CLUSTER, TOPIC, resetId);
    }

    private static WriterClaim claim(String cluster, Uuid topic, String resetId) {
        Map<TopicPartition, Uuid> partitions = new HashMap<>();
        TargetHistory.TABLES.forEach(table -> IntStream.range(0, 2)
                .forEach(i -> partitions.put(new TopicPartition(Source.S3.topicOf(table), i), topic)));
        partitions.put(TargetHistory.WATERMARKS, new Uuid(2, 2));
        return new WriterClaim(
                cluster,
                partitions,
                resetId.isEmpty() ? Optional.empty() : Optional.of(new ResetRequest(resetId, Instant.now())));
    }

    /** Writes a history to its end. */
    private IcebergTarget written(TargetHistory history) {
        IcebergTarget target = open(REGISTRY, TargetHistory.TABLES);
        target.claim(claim(""));
        write(target, history);
        return target;
    }

    private static void write(IcebergTarget target, TargetHistory history) {
        Watermark end = history.watermarks.get(history.watermarks.size() - 1);
        target.begin();
        history.records.values().forEach(target::apply);
        Map<TopicPartition, Long> next = new HashMap<>(end.ends());
        next.put(TargetHistory.WATERMARKS, end.offset());
        target.commit(new TopicOffsets(next, Optional.of(end.completeTo())));
    }

    @Test
    void aSnapshotHasThePositionsAndTheLsnThatItIsCompleteTo() {
        TargetHistory history = new TargetHistory(REGISTRY, new Random(1), 20);
        try (IcebergTarget target = written(history)) {
            Map<String, String> summary = new Lake(warehouse)
                    .table("s3", "object_locations")
                    .currentSnapshot()
                    .summary();
            assertThat(summary)
                    .containsEntry("waltally.sink", "lake")
                    .containsEntry("waltally.cluster-id", CLUSTER)
                    .containsEntry("waltally.source", "s3")
                    .containsEntry("waltally.epoch", "0")
                    .containsEntry("waltally.lsn", "0/15");
            assertThat(summary.get("waltally.offsets"))
                    .contains("\"_waltally.watermarks-0\":\"20\"", "\"s3.public.object_locations-0\"")
                    .doesNotContain("backend_quotas");
            assertThat(target.completeTo()).contains(history.watermarks.get(19).completeTo());
            assertThat(target.positions(history.topicNames()))
                    .isEqualTo(history.watermarks.get(19).ends());
        }
    }

    @Test
    void aTransactionThatIsRolledBackLeavesNoFiles() {
        TargetHistory history = new TargetHistory(REGISTRY, new Random(2), 20);
        try (IcebergTarget target = open(REGISTRY, TargetHistory.TABLES)) {
            target.claim(claim(""));
            target.begin();
            history.records.values().forEach(target::apply);
            target.rollback();
        }
        assertThat(warehouse.resolve("s3/object_locations/data")).isEmptyDirectory();
    }

    @Test
    void topicsOfAnotherClusterOrMadeAgainAreForeignUntilTheSinkIsReset() {
        TargetHistory history = new TargetHistory(REGISTRY, new Random(3), 20);
        written(history).close();
        try (IcebergTarget target = open(REGISTRY, TargetHistory.TABLES)) {
            assertForeign(target, claim("other", TOPIC, ""), "of Kafka cluster cluster, and this is other");
            assertForeign(target, claim(CLUSTER, new Uuid(9, 9), ""), "it was deleted and made again");

            WriterClaim reset = claim("other", new Uuid(9, 9), "r1");
            assertThat(target.claim(reset)).isEmpty();
            Table table = new Lake(warehouse).table("s3", "object_locations");
            assertThat(Lake.rows(table)).isEmpty();
            assertThat(table.schema().findField("payload")).isNull();

            write(target, history);
            assertThat(target.claim(reset)).as("reset once").isNotEmpty();
            assertThat(Lake.rows(new Lake(warehouse).table("s3", "object_locations")))
                    .hasSameSizeAs(history.changes.get("object_locations"));
        }
    }

    @Test
    void aResetRequestFromBeforeTheLastWriteIsNotFollowed() {
        TargetHistory history = new TargetHistory(REGISTRY, new Random(3), 20);
        written(history).close();
        ResetRequest old = new ResetRequest("r1", Instant.now().minus(Duration.ofHours(1)));
        try (IcebergTarget target = open(REGISTRY, TargetHistory.TABLES)) {
            assertThat(target.claim(new WriterClaim(CLUSTER, claim("").partitions(), Optional.of(old))))
                    .isNotEmpty();
            assertForeign(
                    target,
                    new WriterClaim("other", claim("").partitions(), Optional.of(old)),
                    "of Kafka cluster cluster, and this is other");
        }
        String first = ResetRequest.idAfter("", Instant.now());
        String second = ResetRequest.idAfter(first, Instant.now());
        try (IcebergTarget target = open(REGISTRY, TargetHistory.TABLES)) {
            assertThat(target.claim(claim(second))).isEmpty();
            write(target, history);
            // An instance that has not seen the second request
            assertThat(target.claim(claim(first))).isNotEmpty();
        }
        try (IcebergTarget another =
                new IcebergTarget("pond", Source.S3, TargetHistory.TABLES, warehouse, RegistryAccess.of(REGISTRY))) {
            assertThatThrownBy(() -> another.claim(claim("r2"))).hasMessageContaining("is written by sink lake");
        }
    }

    private static void assertForeign(IcebergTarget target, WriterClaim claim, String reason) {
        assertThatThrownBy(() -> target.claim(claim))
                .isInstanceOfSatisfying(
                        TargetException.class, e -> assertThat(e.kind()).isEqualTo(TargetException.Kind.FOREIGN))
                .hasMessageContaining(reason)
                .hasMessageEndingWith("waltally sinks resume lake --reset");
    }

    @Test
    void aTableThatAnotherSinkWritesIsRefused() {
        written(new TargetHistory(REGISTRY, new Random(4), 5)).close();
        try (IcebergTarget other =
                new IcebergTarget("other", Source.S3, TargetHistory.TABLES, warehouse, RegistryAccess.of(REGISTRY))) {
            assertThatThrownBy(() -> other.claim(claim("")))
                    .isInstanceOfSatisfying(
                            TargetException.class,
                            e -> assertThat(e.kind()).isEqualTo(TargetException.Kind.MISCONFIGURED))
                    .hasMessageContaining("is written by sink lake: give sink other another warehouse");
        }
    }

    @Test
    void aMovedOrCopiedWarehouseIsRefusedUnlessItsFilesAreTheSame(@TempDir Path elsewhere) throws IOException {
        TargetHistory history = new TargetHistory(REGISTRY, new Random(4), 5);
        written(history).close();
        // The same directory by another path
        Path link = Files.createSymbolicLink(elsewhere.resolve("link"), warehouse);
        try (IcebergTarget target = lakeIn(link)) {
            assertThat(target.claim(claim(""))).isNotEmpty();
        }
        Path copy = elsewhere.resolve("copy");
        try (Stream<Path> files = Files.walk(warehouse)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(warehouse.relativize(file)));
            }
        }
        try (IcebergTarget target = lakeIn(copy)) {
            assertThatThrownBy(() -> target.claim(claim("")))
                    .isInstanceOfSatisfying(
                            TargetException.class,
                            e -> assertThat(e.kind()).isEqualTo(TargetException.Kind.MISCONFIGURED))
                    .hasMessageContaining("the table in " + copy)
                    .hasMessageContaining("was made in file://" + warehouse);
        }
    }

    private static IcebergTarget lakeIn(Path warehouse) {
        return new IcebergTarget("lake", Source.S3, TargetHistory.TABLES, warehouse, RegistryAccess.of(REGISTRY));
    }

    @Test
    void aTableWhoseSnapshotsMustNotExpireKeepsThem() {
        TargetHistory history = new TargetHistory(REGISTRY, new Random(8), 20);
        try (IcebergTarget target = written(history)) {
            new Lake(warehouse)
                    .table("s3", "object_locations")
                    .updateProperties()
                    .set(TableProperties.MAX_SNAPSHOT_AGE_MS, "1")
                    .set(TableProperties.GC_ENABLED, "false")
                    .commit();
            assertThat(target.claim(claim(""))).isNotEmpty();
        }
        assertThat(new Lake(warehouse).table("s3", "object_locations").snapshots())
                .hasSizeGreaterThan(1);
    }

    @Test
    void positionsSurviveCompactionAndExpiryByOtherTools() {
        TargetHistory history = new TargetHistory(REGISTRY, new Random(5), 20);
        written(history).close();
        for (String name : TargetHistory.TABLES) {
            Table table = new Lake(warehouse).table("s3", name);
            table.rewriteManifests().clusterBy(file -> "all").commit();
            table.expireSnapshots()
                    .expireOlderThan(System.currentTimeMillis() + 1)
                    .retainLast(1)
                    .commit();
        }
        try (IcebergTarget target = open(REGISTRY, TargetHistory.TABLES)) {
            Map<TopicPartition, Long> known = target.claim(claim(""));
            history.watermarks
                    .get(19)
                    .ends()
                    .forEach((partition, end) -> assertThat(known).containsEntry(partition, end));
        }
    }

    @Test
    void aTableThatIsRolledBackIsFilledAgain() {
        TargetHistory history = new TargetHistory(REGISTRY, new Random(6), 20);
        IcebergTarget target = written(history);
        Table table = new Lake(warehouse).table("s3", "object_locations");
        table.manageSnapshots().rollbackTo(table.currentSnapshot().parentId()).commit();
        target.begin();
        history.records.get(new TopicPartition("s3.public.object_locations", 0)).stream()
                .limit(1)
                .forEach(record -> target.apply(List.of(record)));
        assertThatThrownBy(() -> target.commit(TopicOffsets.of(Map.of())))
                .isInstanceOfSatisfying(
                        TargetException.class, e -> assertThat(e.kind()).isEqualTo(TargetException.Kind.FENCED));
        target.rollback();
        assertThat(target.claim(claim(""))).doesNotContainKey(new TopicPartition("s3.public.object_locations", 0));
        target.close();
    }

    @Test
    void aRollbackToASnapshotBeforeWhichThoseOfTheSinkHaveExpiredIsNotTakenForTheEnd() {
        TargetHistory history = new TargetHistory(REGISTRY, new Random(10), 20);
        try (IcebergTarget target = written(history)) {
            Table table = new Lake(warehouse).table("s3", "object_locations");
            Snapshot first = table.currentSnapshot();
            table.rewriteManifests().clusterBy(file -> "all").commit();
            long compacted = table.currentSnapshot().snapshotId();
            write(target, history);
            write(target, history);
            table.refresh();
            table.expireSnapshots()
                    .expireSnapshotId(first.snapshotId())
                    .expireSnapshotId(first.parentId())
                    .commit();
            table.manageSnapshots().rollbackTo(compacted).commit();

            assertThatThrownBy(() -> write(target, history))
                    .isInstanceOfSatisfying(
                            TargetException.class, e -> assertThat(e.kind()).isEqualTo(TargetException.Kind.FENCED));
            assertForeign(target, claim(""), "expired with the snapshots of the sink");
            assertThat(target.claim(claim("r1")))
                    .doesNotContainKey(new TopicPartition("s3.public.object_locations", 0));
        }
    }

    @Test
    void positionsSurviveTheExpiryOfACompactionThatAnotherFollowed() {
        TargetHistory history = new TargetHistory(REGISTRY, new Random(11), 20);
        try (IcebergTarget target = written(history)) {
            Table table = new Lake(warehouse).table("s3", "object_locations");
            table.rewriteManifests().clusterBy(file -> "all").commit();
            long compacted = table.currentSnapshot().snapshotId();
            table.rewriteManifests().clusterBy(file -> "all").commit();
            table.expireSnapshots().expireSnapshotId(compacted).commit();
            write(target, history);
            assertThat(target.claim(claim("")))
                    .containsAllEntriesOf(history.watermarks.get(19).ends());
        }
    }

    @Test
    void olderSnapshotsOfTheSinkExpireAndRowsAndPositionsStay() {
        TargetHistory history = new TargetHistory(REGISTRY, new Random(8), 20);
        try (IcebergTarget target = written(history)) {
            new Lake(warehouse)
                    .table("s3", "object_locations")
                    .updateProperties()
                    .set(TableProperties.MAX_SNAPSHOT_AGE_MS, "1")
                    .commit();
            history.watermarks
                    .get(19)
                    .ends()
                    .forEach((partition, end) ->
                            assertThat(target.claim(claim(""))).containsEntry(partition, end));
        }
        Table table = new Lake(warehouse).table("s3", "object_locations");
        assertThat(table.snapshots()).hasSize(1);
        assertThat(Lake.rows(table)).hasSameSizeAs(history.changes.get("object_locations"));
    }

    @Test
    void aTableWithoutChangesIsCompleteToo() {
        CompletePosition reached = new CompletePosition(Source.S3, 0, new Lsn(9), CdcTopic.COMMITTED_AT);
        try (IcebergTarget target = open(REGISTRY, TargetHistory.TABLES)) {
            target.claim(claim(""));
            assertThat(target.completeTo()).isEmpty();
            target.begin();
            target.commit(new TopicOffsets(Map.of(TargetHistory.WATERMARKS, 3L), Optional.of(reached)));
        }
        try (IcebergTarget next = open(REGISTRY, TargetHistory.TABLES)) {
            assertThat(next.claim(claim(""))).containsExactly(Map.entry(TargetHistory.WATERMARKS, 3L));
            assertThat(next.completeTo()).contains(reached);
        }
    }

    @Test
    void aClaimConfirmsNoPosition() {
        TargetHistory history = new TargetHistory(REGISTRY, new Random(9), 20);
        try (IcebergTarget target = written(history)) {
            Map<TopicPartition, Instant> confirmed = target.confirmedAt(history.topicNames());
            assertThat(confirmed).containsOnlyKeys(history.records.keySet());
            target.claim(claim(""));
            assertThat(target.confirmedAt(history.topicNames())).isEqualTo(confirmed);
        }
    }

    @Test
    void aTombstoneWhoseDeleteWasCommittedBeforeACrashAddsNothing() {
        CdcTopic topic = new CdcTopic(
                REGISTRY + "-tombstone", Source.S3, "backend_quotas", List.of(CdcTopic.Column.key("id", "\"string\"")));
        TopicPartition partition = new TopicPartition(topic.name(), 0);
        WriterClaim claim = new WriterClaim(CLUSTER, Map.of(partition, TOPIC), Optional.empty());
        Map<String, String> key = Map.of("id", "k");
        List<ConsumerRecord<byte[], byte[]>> records = List.of(
                topic.deleted(new ChangePosition(0, 1, 0), 0, 0, key),
                topic.tombstone(new ChangePosition(0, 1, 1), 0, 1, key),
                topic.tombstone(new ChangePosition(0, 2, 2), 0, 2, key));
        for (ConsumerRecord<byte[], byte[]> record : records) {
            try (IcebergTarget target = new IcebergTarget(
                    "lake",
                    Source.S3,
                    List.of("backend_quotas"),
                    warehouse,
                    RegistryAccess.of(REGISTRY + "-tombstone"))) {
                target.claim(claim);
                target.begin();
                target.apply(List.of(record));
                target.commit(TopicOffsets.of(Map.of(partition, record.offset() + 1)));
            }
        }
        assertThat(Lake.rows(new Lake(warehouse).table("s3", "backend_quotas")).stream()
                        .map(Lake::change))
                .containsExactlyInAnyOrder("0/1/0 d k", "0/2/2 d k");
    }

    /** The view of docs/sinks.md for tables without large values. */
    @Test
    void theRowsAtAWatermarkAreAView() throws SQLException {
        TargetHistory later = new TargetHistory(REGISTRY, new Random(7), 20);
        TargetHistory earlier = new TargetHistory(REGISTRY, new Random(7), 10);
        written(later).close();
        Table table = new Lake(warehouse).table("s3", "object_locations");
        assertThat(rowsBefore(table, 21)).isEqualTo(sizes(later));
        assertThat(rowsBefore(
                        table, earlier.watermarks.get(9).completeTo().lsn().value()))
                .isEqualTo(sizes(earlier));
    }

    private static List<String> rowsBefore(Table table, long lsn) throws SQLException {
        return Lake.duckdb(
                        Map.of("changes", table),
                        List.of("""
                                CREATE VIEW object_locations AS
                                SELECT * EXCLUDE (_op, _epoch, _seq, _position, _txid, _committed_at, _unchanged,
                                                  _unrepresentable)
                                FROM (SELECT * FROM changes WHERE (_epoch, _seq) < (0, %d)
                                      QUALIFY row_number() OVER (PARTITION BY id
                                                                 ORDER BY _epoch DESC, _seq DESC, _position DESC) = 1)
                                WHERE _op <> 'd'
                                """.formatted(lsn)),
                        "SELECT id || ' ' || size FROM object_locations ORDER BY id")
                .stream()
                .map(row -> row.get(0))
                .toList();
    }

    private static List<String> sizes(TargetHistory history) {
        return history.rows.get("object_locations").entrySet().stream()
                .map(row -> row.getKey() + " "
                        + row.getValue().substring(0, row.getValue().indexOf(' ')))
                .toList();
    }
}
