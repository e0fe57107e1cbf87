package io.waltally.pipeline.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.pipeline.PipelineDriver;
import io.waltally.pipeline.captured.CapturedLog;
import io.waltally.pipeline.captured.Damage;
import io.waltally.pipeline.model.ObjectStoreModel;
import io.waltally.pipeline.model.ObjectStoreRequests;
import io.waltally.pipeline.model.ReplicaModel;
import io.waltally.pipeline.model.SyncModel;
import io.waltally.pipeline.model.SyncRequests;
import io.waltally.pipeline.published.Histories;
import io.waltally.pipeline.view.IdRange;
import io.waltally.pipeline.view.ListedUser;
import io.waltally.pipeline.view.UserOrder;
import io.waltally.pipeline.view.UserSelection;
import io.waltally.pipeline.view.UserTotals;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.BackendUsage;
import io.waltally.schemas.agg.BucketUsage;
import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserStorage;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random histories of both applications, read in any order and repeatedly: the tallies equal those of a model, and each
 * cause is notified once. {@code -Dwaltally.seed} repeats a history. {@link AnyHistoryIT} compares with SQL.
 */
class AnyHistoryTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static final List<Integer> COLLECTIONS = List.of(3, 7, 101);
    private static final int HISTORIES = 4;

    static Stream<Long> seeds() {
        long first = Long.getLong("waltally.seed", System.nanoTime());
        return LongStream.range(first, first + HISTORIES).boxed();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void theObjectStoresTalliesEqualItsRows(long seed) {
        Random random = new Random(seed);
        try (PipelineDriver pipeline = new PipelineDriver(NOON)) {
            // Given
            ObjectStoreModel store = new ObjectStoreModel(pipeline.topics, NOON);
            ObjectStoreRequests requests = new ObjectStoreRequests(store, "", random);
            for (int i = 0; i < 150; i++) {
                store.log.wait(Duration.ofMillis(random.nextInt(2_000)));
                requests.next();
            }
            // When: some of it is read twice
            List<CapturedLog.Entry<?, ?>> entries = store.log.entries();
            pipeline.readInterleaved(entries, random);
            pipeline.captured(store.log);
            pipeline.endTransaction();
            // Then
            Histories.assertEqual(pipeline, pipeline.topics, store);
            assertThat(Histories.notified(pipeline, pipeline.topics))
                    .containsExactlyInAnyOrderElementsOf(store.notified);
            assertThat(Histories.byObject(Histories.notified(pipeline, pipeline.topics)))
                    .isEqualTo(Histories.byObject(store.notified));
            // When
            pipeline.readInterleaved(entries, random);
            store.snapshot();
            pipeline.readInterleaved(
                    store.log
                            .entries()
                            .subList(entries.size(), store.log.entries().size()),
                    random);
            pipeline.captured(store.log);
            pipeline.endTransaction();
            // Then
            Histories.assertEqual(pipeline, pipeline.topics, store);
            assertThat(Histories.notified(pipeline, pipeline.topics)).hasSameSizeAs(store.notified);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void objectsAreUnderAndOverReplicatedAsTheirHistorySays(long seed) {
        Random random = new Random(seed);
        int factor = 1 + random.nextInt(3);
        Duration grace = Duration.ofSeconds(1 + random.nextInt(120));
        try (PipelineDriver pipeline = new PipelineDriver(PipelineDriver.replicating(factor, grace), NOON)) {
            // Given
            ObjectStoreModel store = new ObjectStoreModel(pipeline.topics, NOON);
            ObjectStoreRequests requests = new ObjectStoreRequests(store, "", random);
            ReplicaModel replicas = new ReplicaModel(factor, grace);
            int read = 0;
            for (int round = 0; round < 6; round++) {
                for (int i = 0; i < 25; i++) {
                    store.log.wait(Duration.ofMillis(random.nextInt(2_000)));
                    requests.next();
                    replicas.see(store);
                }
                if (random.nextInt(3) == 0) {
                    store.snapshot();
                }
                // When: some of it is read again, and time passes meanwhile
                List<CapturedLog.Entry<?, ?>> entries = store.log.entries();
                int pause = read + random.nextInt(entries.size() - read);
                pipeline.readInterleaved(entries.subList(read, pause), random);
                pipeline.advance(Duration.ofSeconds(random.nextInt(5) == 0 ? random.nextInt(150) : 0));
                pipeline.readInterleaved(entries.subList(pause, entries.size()), random);
                pipeline.captured(store.log);
                pipeline.advanceTo(replicas.calm(Histories.later(store.log.now(), pipeline.wallClock())));
                pipeline.endTransaction();
                // Then
                Histories.assertEqual(pipeline, pipeline.topics, store);
                Histories.assertReplicas(pipeline, pipeline.topics, replicas.counts(pipeline.wallClock()));
                read = random.nextInt(entries.size());
                store.log.wait(Duration.between(store.log.now(), pipeline.wallClock()));
            }
            // When
            pipeline.readInterleaved(store.log.entries(), random);
            pipeline.advanceTo(pipeline.wallClock().plus(grace).plusSeconds(1));
            pipeline.endTransaction();
            // Then
            Histories.assertReplicas(pipeline, pipeline.topics, replicas.counts(Instant.MAX));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void syncstoragesTalliesEqualItsRows(long seed) {
        Random random = new Random(seed);
        try (PipelineDriver pipeline = new PipelineDriver(NOON)) {
            // Given
            SyncModel sync = new SyncModel(pipeline.topics, NOON);
            SyncRequests requests = new SyncRequests(sync, 1, COLLECTIONS, random);
            sync.name(7, "bookmarks");
            sync.name(3, "forms");
            int read = 0;
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 50; i++) {
                    sync.log.wait(Duration.ofMinutes(random.nextInt(3)));
                    requests.next();
                }
                // When
                List<CapturedLog.Entry<?, ?>> entries = sync.log.entries();
                pipeline.readInterleaved(entries.subList(read, entries.size()), random);
                pipeline.captured(sync.log);
                Instant between = sync.log.now().plusSeconds(30);
                if (between.isAfter(pipeline.wallClock())) {
                    pipeline.advanceTo(between);
                }
                pipeline.endTransaction();
                // Then
                Histories.assertEqual(pipeline, pipeline.topics, sync, between);
                assertListed(pipeline);
                read = random.nextInt(entries.size());
            }
            // When
            pipeline.readInterleaved(sync.log.entries(), random);
            pipeline.endTransaction();
            // Then
            Histories.assertEqual(
                    pipeline, pipeline.topics, sync, sync.log.now().plusSeconds(30));
        }
    }

    private static void assertListed(PipelineDriver pipeline) {
        List<ListedUser> listed = pipeline.users()
                .list(new UserSelection(UserOrder.STORAGE, List.of(IdRange.ALL), Optional.empty()), 100);
        assertThat(listed).extracting(ListedUser::place).isSortedAccordingTo(UserOrder.STORAGE.places());
        assertThat(listed.stream().collect(Collectors.toMap(ListedUser::userId, ListedUser::storage)))
                .isEqualTo(pipeline.last(pipeline.topics.userStorage()).entrySet().stream()
                        .collect(Collectors.toMap(user -> user.getKey().getUserId(), Map.Entry::getValue)));
        assertThat(pipeline.users().totals())
                .isEqualTo(new UserTotals(
                        listed.size(),
                        BigInteger.valueOf(listed.stream()
                                .mapToLong(user -> user.place().totalBytes())
                                .sum()),
                        listed.stream().anyMatch(user -> user.storage().getDegraded())));
    }

    /** Snapshots reach rows that nothing else would repair: those of keys that could not be read. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void afterUnprocessableRecordsASnapshotMakesTheObjectStoresTalliesEqualToItsRowsAgain(long seed) {
        Random random = new Random(seed);
        try (PipelineDriver pipeline = new PipelineDriver(PipelineDriver.toleratingUnprocessable(10_000), NOON)) {
            // Given
            ObjectStoreModel store = new ObjectStoreModel(pipeline.topics, NOON);
            ObjectStoreRequests requests = new ObjectStoreRequests(store, "", random);
            for (int i = 0; i < 150; i++) {
                store.log.wait(Duration.ofMillis(random.nextInt(2_000)));
                requests.next();
            }
            int read = store.log.entries().size();
            pipeline.readDamaged(store.log.entries(), random);
            pipeline.captured(store.log);
            pipeline.endTransaction();
            assertThat(pipeline.deadLetters()).isNotEmpty();
            // When
            store.snapshot();
            store.log.tombstoneVanished();
            pipeline.readInterleaved(
                    store.log.entries().subList(read, store.log.entries().size()), random);
            pipeline.captured(store.log);
            pipeline.endTransaction();
            // Then
            Histories.assertEqual(pipeline, pipeline.topics, store);
            assertThat(pipeline.last(pipeline.topics.backendQuotas()).values()).noneMatch(BackendQuota::getDegraded);
            assertThat(pipeline.last(pipeline.topics.bucketUsage()).values()).noneMatch(BucketUsage::getDegraded);
            assertThat(pipeline.last(pipeline.topics.backendUsage()).values()).noneMatch(BackendUsage::getDegraded);
            // When: one more record of each backend, to see that none was taken back twice
            int complete = store.log.entries().size();
            List.copyOf(store.limits.keySet()).forEach(name -> store.backend(name, 1));
            store.log
                    .entries()
                    .subList(complete, store.log.entries().size())
                    .forEach(entry -> pipeline.readDamaged(entry, Damage.VALUE_CUT_OFF));
            pipeline.endTransaction();
            // Then
            assertThat(pipeline.last(pipeline.topics.backendQuotas()).values()).allMatch(BackendQuota::getDegraded);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void afterUnprocessableRecordsASnapshotMakesSyncstoragesTalliesEqualToItsRowsAgain(long seed) {
        Random random = new Random(seed);
        try (PipelineDriver pipeline = new PipelineDriver(PipelineDriver.toleratingUnprocessable(10_000), NOON)) {
            // Given
            SyncModel sync = new SyncModel(pipeline.topics, NOON);
            SyncRequests requests = new SyncRequests(sync, 1, COLLECTIONS, random);
            sync.name(7, "bookmarks");
            sync.name(3, "forms");
            for (int i = 0; i < 100; i++) {
                sync.log.wait(Duration.ofMinutes(random.nextInt(3)));
                requests.next();
            }
            int read = sync.log.entries().size();
            pipeline.readDamaged(sync.log.entries(), random);
            pipeline.endTransaction();
            assertThat(pipeline.deadLetters()).isNotEmpty();
            // When
            sync.snapshot();
            sync.log.tombstoneVanished();
            pipeline.readInterleaved(
                    sync.log.entries().subList(read, sync.log.entries().size()), random);
            Instant now = sync.log.now().plusSeconds(30);
            pipeline.advanceTo(now);
            pipeline.endTransaction();
            // Then
            Histories.assertEqual(pipeline, pipeline.topics, sync, now);
            assertThat(pipeline.last(pipeline.topics.userCollections()).values())
                    .noneMatch(UserCollection::getDegraded);
            assertThat(pipeline.last(pipeline.topics.userStorage()).values()).noneMatch(UserStorage::getDegraded);
            // When: one more record of each collection, to see that none was taken back twice
            int complete = sync.log.entries().size();
            pipeline.last(pipeline.topics.userCollections())
                    .keySet()
                    .forEach(key ->
                            sync.post(key.getUserId(), key.getCollectionId(), Map.of("last", "x"), Duration.ofDays(9)));
            sync.log
                    .entries()
                    .subList(complete, sync.log.entries().size())
                    .forEach(entry -> pipeline.readDamaged(entry, Damage.VALUE_CUT_OFF));
            pipeline.endTransaction();
            // Then
            assertThat(pipeline.last(pipeline.topics.userCollections()).values())
                    .allMatch(UserCollection::getDegraded);
            assertThat(pipeline.last(pipeline.topics.userStorage()).values()).allMatch(UserStorage::getDegraded);
        }
    }
}
