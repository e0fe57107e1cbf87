package io.waltally.pipeline.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.pipeline.PipelineDriver;
import io.waltally.pipeline.captured.CapturedLog;
import io.waltally.pipeline.captured.TimeForm;
import io.waltally.pipeline.model.ObjectStoreModel;
import io.waltally.pipeline.model.ObjectStoreRequests;
import io.waltally.pipeline.model.SyncModel;
import io.waltally.pipeline.model.SyncRequests;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.agg.BackendKey;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserCollectionKey;
import io.waltally.schemas.cdc.Bso;
import io.waltally.schemas.cdc.MultipartPart;
import io.waltally.schemas.cdc.ObjectLocation;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.IntConsumer;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Records that are read in commit order with punctuations anywhere in between: every published tally is that of some
 * transaction's end. {@code -Dwaltally.seed} repeats a history.
 */
class TransactionEndTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static final int HISTORIES = 4;

    static Stream<Long> seeds() {
        long first = Long.getLong("waltally.seed", System.nanoTime());
        return LongStream.range(first, first + HISTORIES).boxed();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aBackendIsNeverWrittenAsItWasInTheMiddleOfATransaction(long seed) {
        Random random = new Random(seed);
        try (PipelineDriver pipeline = new PipelineDriver(NOON)) {
            // Given
            ObjectStoreModel store = new ObjectStoreModel(pipeline.topics, NOON);
            List<Map<String, StoredParts>> ends = new ArrayList<>(List.of(Map.of()));
            store.log.afterEach(() -> ends.add(StoredParts.of(store)));
            ObjectStoreRequests requests = new ObjectStoreRequests(store, "", random);
            for (int i = 0; i < 120; i++) {
                requests.next();
            }
            // When
            readInOrder(pipeline, store.log, random, transaction -> {
                // Then
                for (TestRecord<BackendKey, BackendQuota> record :
                        pipeline.newlyWritten(pipeline.topics.backendQuotas())) {
                    String backend = record.key().getBackendName();
                    StoredParts before = ends.get(transaction - 1).get(backend);
                    StoredParts after = ends.get(transaction).get(backend);
                    if (record.value() == null) {
                        assertThat(after).as("%s at its tombstone", backend).isNull();
                    } else {
                        StoredParts.assertOf(record.value(), before, after);
                    }
                }
            });
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aCollectionIsNeverWrittenAsItWasInTheMiddleOfATransaction(long seed) {
        Random random = new Random(seed);
        try (PipelineDriver pipeline = new PipelineDriver(NOON)) {
            // Given
            SyncModel sync = new SyncModel(pipeline.topics, NOON);
            List<Map<UserCollectionKey, HeldParts>> ends = new ArrayList<>(List.of(Map.of()));
            sync.log.afterEach(() -> ends.add(HeldParts.of(sync)));
            SyncRequests requests = new SyncRequests(sync, 1, List.of(3, 7), random);
            for (int i = 0; i < 120; i++) {
                // Times of modification differ, but no record expires meanwhile.
                sync.log.wait(Duration.of(1, ChronoUnit.MICROS));
                requests.next();
            }
            // The clock that expires records is in milliseconds, times of modification are in microseconds: it must not
            // be
            // behind them, or a record with a TTL of zero counts until it passes.
            pipeline.advance(Duration.ofMillis(250));
            // When
            readInOrder(pipeline, sync.log, random, transaction -> {
                // Then
                for (TestRecord<UserCollectionKey, UserCollection> record :
                        pipeline.newlyWritten(pipeline.topics.userCollections())) {
                    HeldParts before = ends.get(transaction - 1).get(record.key());
                    HeldParts after = ends.get(transaction).get(record.key());
                    if (record.value() == null) {
                        assertThat(after)
                                .as("%s at its tombstone", record.key())
                                .isNull();
                    } else {
                        HeldParts.assertOf(record.value(), before, after);
                    }
                }
            });
        }
    }

    /** Reads record by record in commit order, punctuating anywhere, and names after each one its transaction. */
    private static void readInOrder(PipelineDriver pipeline, CapturedLog log, Random random, IntConsumer read) {
        int transaction = 0;
        long sequence = -1;
        for (CapturedLog.Entry<?, ?> entry : log.entries()) {
            ChangeHeaders headers = ChangeHeaders.from(entry.headers());
            if (headers.sequence() != sequence) {
                sequence = headers.sequence();
                transaction++;
            }
            pipeline.read(List.of(entry));
            if (random.nextInt(3) == 0) {
                pipeline.advance(Duration.ofMillis(250));
            }
            read.accept(transaction);
        }
    }

    /** The contributions of a backend in tables that end their transactions one by one. */
    private record StoredParts(List<Long> objects, long queued, long dead, long inflight, long limit) {
        private static final StoredParts NONE = new StoredParts(List.of(0L, 0L), 0, 0, 0, 0);

        static Map<String, StoredParts> of(ObjectStoreModel store) {
            Map<String, StoredParts> parts = new HashMap<>();
            store.limits.forEach((backend, limit) -> {
                List<ObjectLocation> copies = store.locations.values().stream()
                        .filter(copy -> copy.getBackendName().equals(backend))
                        .toList();
                long used =
                        copies.stream().mapToLong(ObjectLocation::getSizeBytes).sum();
                long inflight = store.parts.values().stream()
                        .filter(part -> store.uploads
                                .get(part.getUploadId())
                                .getBackendName()
                                .equals(backend))
                        .mapToLong(MultipartPart::getSizeBytes)
                        .sum();
                parts.put(
                        backend,
                        new StoredParts(
                                List.of(used, (long) copies.size()),
                                store.queuedBytes(backend),
                                store.deadLetterBytes(backend),
                                inflight,
                                limit));
            });
            return parts;
        }

        /** Each part is as it was before the transaction, or as it is after it. */
        static void assertOf(BackendQuota value, StoredParts absentBefore, StoredParts absentAfter) {
            StoredParts before = Objects.requireNonNullElse(absentBefore, NONE);
            StoredParts after = Objects.requireNonNullElse(absentAfter, NONE);
            assertThat(List.of(value.getBytesUsed(), value.getObjectCount())).isIn(before.objects, after.objects);
            assertThat(value.getOrphanBytes())
                    .isIn(
                            before.queued + before.dead,
                            before.queued + after.dead,
                            after.queued + before.dead,
                            after.queued + after.dead);
            assertThat(value.getInflightBytes()).isIn(before.inflight, after.inflight);
            assertThat(value.getBytesLimit()).isIn(before.limit, after.limit);
        }
    }

    /** The contributions of a collection in tables that end their transactions one by one. */
    private record HeldParts(List<Long> records, Instant modified) {
        static Map<UserCollectionKey, HeldParts> of(SyncModel sync) {
            Map<UserCollectionKey, HeldParts> parts = new HashMap<>();
            sync.collections.forEach((key, row) -> {
                List<Bso> records = sync.recordsOf(key.getUserId(), key.getCollectionId()).stream()
                        .map(sync.records::get)
                        .filter(record -> SyncModel.isUnexpired(record, sync.log.now()))
                        .toList();
                long length = records.stream()
                        .mapToLong(record -> record.getPayload().codePoints().count())
                        .sum();
                parts.put(
                        new UserCollectionKey(key.getUserId(), key.getCollectionId()),
                        new HeldParts(List.of((long) records.size(), length), TimeForm.instant(row.getModified())));
            });
            return parts;
        }

        /** Each part is as it was before the transaction, or as it is after it. */
        static void assertOf(UserCollection value, HeldParts before, HeldParts after) {
            List<HeldParts> ends =
                    Stream.of(before, after).filter(Objects::nonNull).toList();
            List<List<Long>> records =
                    new ArrayList<>(ends.stream().map(HeldParts::records).toList());
            if (ends.size() < 2) {
                records.add(List.of(0L, 0L));
            }
            assertThat(List.of(value.getCount(), value.getTotalBytes())).isIn(records);
            assertThat(value.getModified())
                    .isIn(ends.stream().map(HeldParts::modified).toList());
        }
    }
}
