package io.waltally.pipeline.collection;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.pipeline.PipelineDriver;
import io.waltally.pipeline.captured.CapturedLog;
import io.waltally.pipeline.model.SyncModel;
import io.waltally.schemas.agg.UserCollectionKey;
import io.waltally.schemas.agg.UserKey;
import io.waltally.schemas.agg.UserStorage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CollectionTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00.123456Z");
    private static final Duration DECADES = Duration.ofMinutes(35_000_000);
    private static final int BOOKMARKS = 7;

    private final PipelineDriver pipeline = new PipelineDriver(NOON);
    private final SyncModel sync = new SyncModel(pipeline.topics, NOON);

    @AfterEach
    void close() {
        pipeline.close();
    }

    @Test
    void aCollectionCountsItsRecordsByCodePoints() {
        // Given
        sync.name(BOOKMARKS, "bookmarks");
        sync.post(1, BOOKMARKS, Map.of("a", "xyz", "b", "ä\uD83D\uDE00"), DECADES);
        // When
        pipeline.readAll(sync.log);
        // Then
        assertThat(pipeline.collection(1, BOOKMARKS).getCollection()).isEqualTo("bookmarks");
        assertThat(pipeline.collection(1, BOOKMARKS).getCount()).isEqualTo(2);
        assertThat(pipeline.collection(1, BOOKMARKS).getTotalBytes()).isEqualTo(5);
        assertThat(pipeline.collection(1, BOOKMARKS).getModified()).isEqualTo(NOON);
        UserStorage storage = pipeline.last(pipeline.topics.userStorage()).get(new UserKey(1L));
        assertThat(storage.getCount()).isEqualTo(2);
        assertThat(storage.getTotalBytes()).isEqualTo(5);
        assertThat(storage.getCollections()).isEqualTo(1);
        assertThat(storage.getQuotaBytes()).isEqualTo(2_097_152_000L);
    }

    @Test
    void anExpiredRecordLeavesTheTallyOnceAndItsPurgeChangesNothing() {
        // Given
        sync.post(1, BOOKMARKS, Map.of("a", "xyz"), Duration.ofSeconds(5));
        sync.post(1, BOOKMARKS, Map.of("b", "z"), DECADES);
        pipeline.readAll(sync.log);
        assertThat(pipeline.collection(1, BOOKMARKS).getCount()).isEqualTo(2);
        // When
        pipeline.advanceTo(NOON.plusSeconds(6));
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.collection(1, BOOKMARKS).getCount()).isEqualTo(1);
        assertThat(pipeline.collection(1, BOOKMARKS).getTotalBytes()).isEqualTo(1);
        // When
        int written = pipeline.written(pipeline.topics.userCollections()).size();
        int read = sync.log.entries().size();
        sync.log.wait(Duration.ofSeconds(10));
        sync.purge();
        pipeline.read(sync.log.entries().subList(read, sync.log.entries().size()));
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.written(pipeline.topics.userCollections())).hasSize(written);
    }

    @Test
    void aReplayDoesNotCountAnExpiredRecordEvenForAMoment() {
        // Given
        sync.post(1, BOOKMARKS, Map.of("a", "xyz"), Duration.ofSeconds(5));
        pipeline.readAll(sync.log);
        pipeline.advanceTo(NOON.plusSeconds(6));
        pipeline.endTransaction();
        int written = pipeline.written(pipeline.topics.userCollections()).size();
        // When
        pipeline.readAll(sync.log);
        // Then
        assertThat(pipeline.collection(1, BOOKMARKS).getCount()).isZero();
        assertThat(pipeline.written(pipeline.topics.userCollections())
                        .subList(
                                written,
                                pipeline.written(pipeline.topics.userCollections())
                                        .size()))
                .allSatisfy(record -> assertThat(
                                record.value() == null || record.value().getCount() == 0)
                        .isTrue());
    }

    @Test
    void aReplayOfARecordsShorterLifeDoesNotTakeItAwayForGood() {
        // Given
        sync.post(1, BOOKMARKS, Map.of("a", "xyz"), Duration.ofSeconds(5));
        sync.post(1, BOOKMARKS, Map.of("a", "xyzxyz"), DECADES);
        pipeline.readAll(sync.log);
        pipeline.advanceTo(NOON.plusSeconds(60));
        // When
        pipeline.readAll(sync.log);
        // Then
        assertThat(pipeline.collection(1, BOOKMARKS).getCount()).isEqualTo(1);
        assertThat(pipeline.collection(1, BOOKMARKS).getTotalBytes()).isEqualTo(6);
    }

    @Test
    void aRecordThatExpiresDaysFromNowLeavesAtItsTime() {
        // Given
        sync.post(1, BOOKMARKS, Map.of("a", "xyz", "b", "xy"), Duration.ofDays(5));
        sync.post(1, BOOKMARKS, Map.of("b", "xy"), DECADES);
        sync.post(1, BOOKMARKS, Map.of("c", "z"), Duration.ofDays(9));
        pipeline.readAll(sync.log);
        // When
        pipeline.advanceTo(NOON.plus(Duration.ofDays(5)).minusSeconds(1));
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.collection(1, BOOKMARKS).getCount()).isEqualTo(3);
        // When
        pipeline.advanceTo(NOON.plus(Duration.ofDays(5)).plusMillis(500));
        // Then
        assertThat(pipeline.collection(1, BOOKMARKS).getCount()).isEqualTo(2);
        // When
        pipeline.advanceTo(NOON.plus(Duration.ofDays(9)).plusMillis(500));
        // Then
        assertThat(pipeline.collection(1, BOOKMARKS).getCount()).isEqualTo(1);
    }

    @Test
    void aTtlAloneMovesTheExpiryAndKeepsThePayloadThatIsLeftOut() {
        // Given
        sync.post(1, BOOKMARKS, Map.of("a", "xyz"), Duration.ofSeconds(5));
        sync.changeTtl(1, BOOKMARKS, "a", Duration.ofSeconds(60));
        pipeline.readAll(sync.log);
        // When
        pipeline.advanceTo(NOON.plusSeconds(30));
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.collection(1, BOOKMARKS).getCount()).isEqualTo(1);
        assertThat(pipeline.collection(1, BOOKMARKS).getTotalBytes()).isEqualTo(3);
        // When
        pipeline.advanceTo(NOON.plusSeconds(61));
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.collection(1, BOOKMARKS).getCount()).isZero();
    }

    @Test
    void anEmptyCollectionIsShownOnceItWasModifiedAndThePretouchIsNot() {
        // Given
        sync.post(1, BOOKMARKS, Map.of("a", "xyz"), DECADES);
        sync.deleteRecord(1, BOOKMARKS, "a");
        List<CapturedLog.Entry<?, ?>> entries = sync.log.entries();
        // When
        pipeline.read(entries.subList(0, 1));
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.written(pipeline.topics.userCollections())).isEmpty();
        // When
        pipeline.read(entries.subList(1, entries.size()));
        // Then
        assertThat(pipeline.collection(1, BOOKMARKS).getCount()).isZero();
        assertThat(pipeline.collection(1, BOOKMARKS).getModified()).isEqualTo(NOON);
    }

    @Test
    void aDeletedCollectionGoesAndItsTombstoneIsNotShown() {
        // Given
        sync.post(1, BOOKMARKS, Map.of("a", "xyz"), DECADES);
        sync.post(1, 3, Map.of("a", "xyz"), DECADES);
        sync.deleteCollection(1, BOOKMARKS);
        // When
        pipeline.readAll(sync.log);
        // Then
        assertThat(pipeline.last(pipeline.topics.userCollections())).containsOnlyKeys(new UserCollectionKey(1L, 3));
        assertThat(pipeline.users().storage(1).orElseThrow().getCollections()).isEqualTo(1);
    }

    @Test
    void deletedStorageLeavesNothing() {
        // Given
        sync.post(1, BOOKMARKS, Map.of("a", "xyz"), DECADES);
        sync.post(1, 3, Map.of("a", "xyz"), DECADES);
        sync.deleteStorage(1);
        // When
        pipeline.readAll(sync.log);
        // Then
        assertThat(pipeline.last(pipeline.topics.userCollections())).isEmpty();
        assertThat(pipeline.last(pipeline.topics.userStorage())).isEmpty();
        assertThat(pipeline.users().collections(1)).isEmpty();
        assertThat(pipeline.users().storage(1)).isEmpty();
    }

    @Test
    void aNameThatComesLateIsFilledIn() {
        // Given
        sync.post(1, 101, Map.of("a", "xyz"), DECADES);
        pipeline.readAll(sync.log);
        assertThat(pipeline.collection(1, 101).getCollection()).isNull();
        // When
        SyncModel later = new SyncModel(pipeline.topics, NOON);
        later.name(101, "mine");
        pipeline.readAll(later.log);
        // Then
        assertThat(pipeline.collection(1, 101).getCollection()).isEqualTo("mine");
    }

    @Test
    void aTransactionShowsOnlyItsEnd() {
        // Given
        sync.post(1, BOOKMARKS, Map.of("a", "x", "b", "x", "c", "x"), DECADES);
        sync.log.wait(Duration.ofSeconds(1));
        sync.post(1, BOOKMARKS, Map.of("c", "y", "d", "x", "e", "x"), DECADES);
        // When
        pipeline.readAll(sync.log);
        // Then: once by its records and once by its modified, but not before there is a modified
        assertThat(pipeline.written(pipeline.topics.userCollections()))
                .extracting(record -> record.value().getCount())
                .containsExactly(3L, 5L, 5L);
        assertThat(pipeline.written(pipeline.topics.userStorage())).hasSize(2);
    }

    @Test
    void whatExpiresWhileItsTransactionIsReadLeavesAfterItsEnd() {
        // Given
        sync.post(1, BOOKMARKS, Map.of("a", "x", "b", "x"), DECADES);
        pipeline.readAll(sync.log);
        int read = sync.log.entries().size();
        sync.log.wait(Duration.ofSeconds(1));
        sync.post(1, BOOKMARKS, Map.of("c", "xyz", "d", "x"), Duration.ofSeconds(5));
        List<CapturedLog.Entry<?, ?>> transaction =
                sync.log.entries().subList(read, sync.log.entries().size());
        // When
        pipeline.read(transaction.subList(0, 1));
        pipeline.advanceTo(NOON.plusSeconds(10));
        pipeline.read(transaction.subList(1, transaction.size()));
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.written(pipeline.topics.userCollections()))
                .extracting(record -> record.value().getCount())
                .allMatch(count -> count == 2 || count == 4);
        // When
        pipeline.advanceTo(NOON.plusSeconds(11));
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.collection(1, BOOKMARKS).getCount()).isEqualTo(2);
        assertThat(pipeline.collection(1, BOOKMARKS).getTotalBytes()).isEqualTo(2);
    }

    @Test
    void theCollectionsOfAUserCanBeAsked() {
        // Given
        for (long user : List.of(1L, 2L, 128L, 8192L, 1L << 40)) {
            sync.post(user, BOOKMARKS, Map.of("a", "xyz"), DECADES);
            sync.post(user, 101, Map.of("a", "xyz"), DECADES);
        }
        // When
        pipeline.readAll(sync.log);
        // Then
        assertThat(pipeline.users().collections(1).keySet()).containsExactly(BOOKMARKS, 101);
        assertThat(pipeline.users().collections(128).keySet()).containsExactly(BOOKMARKS, 101);
        assertThat(pipeline.users().collections(3)).isEmpty();
        assertThat(pipeline.users().storage(1L << 40).orElseThrow().getCount()).isEqualTo(2);
    }
}
