package io.waltally.pipeline.deadletter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.confluent.kafka.schemaregistry.testutil.MockSchemaRegistry;
import io.waltally.pipeline.PipelineDriver;
import io.waltally.pipeline.captured.CapturedLog;
import io.waltally.pipeline.captured.Damage;
import io.waltally.pipeline.model.ObjectStoreModel;
import io.waltally.pipeline.model.SyncModel;
import io.waltally.schemas.DeadLetterHeaders;
import io.waltally.schemas.OutputStage;
import io.waltally.schemas.agg.BackendPeriodKey;
import io.waltally.schemas.agg.BucketKey;
import io.waltally.schemas.agg.BucketUsage;
import io.waltally.schemas.agg.UserKey;
import io.waltally.schemas.cdc.Bso;
import io.waltally.schemas.cdc.BsoKey;
import io.waltally.schemas.cdc.CleanupKey;
import io.waltally.schemas.cdc.CleanupRow;
import io.waltally.schemas.cdc.ObjectLocation;
import io.waltally.schemas.cdc.ObjectLocationKey;
import io.waltally.schemas.control.DeadLetterEventType;
import io.waltally.schemas.control.DeadLetterKey;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.avro.Schema;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class UnprocessableRecordTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static final Duration DECADES = Duration.ofMinutes(35_000_000);
    private static final int BOOKMARKS = 7;

    private final PipelineDriver pipeline = new PipelineDriver(NOON);
    private final ObjectStoreModel store = new ObjectStoreModel(pipeline.topics, NOON);
    private final SyncModel sync = new SyncModel(pipeline.topics, NOON);
    private int read;

    @AfterEach
    void close() {
        pipeline.close();
    }

    @ParameterizedTest
    @EnumSource
    void aDeadLetterHoldsTheReceivedBytesTheirOffsetAndTheReason(Damage damage) {
        // Given
        store.backend("b1", 1_000);
        store.put("photos/a", "b1", 100);
        readOn();
        store.replicate("photos/a", "b2");
        // When
        TestRecord<byte[], byte[]> record = pipeline.readDamaged(next(), damage);
        // Then
        TestRecord<byte[], byte[]> letter = onlyLetter();
        assertThat(letter.key()).isEqualTo(record.key());
        assertThat(letter.value()).isEqualTo(record.value());
        assertThat(letter.getRecordTime()).as("when it was set aside").isAfter(record.getRecordTime());
        assertThat(DeadLetterHeaders.originalTimestamp(letter.headers(), letter.timestamp()))
                .isEqualTo(record.timestamp());
        assertThat(record.headers()).isSubsetOf(letter.headers());
        DeadLetterHeaders reason = DeadLetterHeaders.from(letter.headers());
        assertThat(reason.topic()).isEqualTo("s3.public.object_locations");
        assertThat(reason.partition()).isEqualTo(OptionalInt.of(0));
        assertThat(reason.offset()).isEqualTo(OptionalLong.of(1));
        assertThat(reason.exception()).isNotBlank();
        assertThat(reason.message()).isNotBlank();
        assertThat(isUnattributed(letter)).isEqualTo(!damage.leavesTheKey());
    }

    @ParameterizedTest
    @EnumSource
    void theRestOfItsTransactionCountsAndTheTransactionEnds(Damage damage) {
        // Given: the second of two new rows, with which the transaction ends
        store.backend("b1", 1_000);
        twoObjects("photos/a", "photos/b");
        List<CapturedLog.Entry<?, ?>> entries = store.log.entries();
        pipeline.read(entries.subList(0, entries.size() - 1));
        // When
        pipeline.readDamaged(entries.get(entries.size() - 1), damage);
        pipeline.endTransaction();
        // Then
        if (damage == Damage.HEADERS_MISSING) {
            // Nothing says that the transaction ends: the next one does.
            store.put("photos/c", "b3", 1);
            pipeline.read(store.log
                    .entries()
                    .subList(entries.size(), store.log.entries().size()));
            pipeline.endTransaction();
        }
        assertThat(pipeline.backend("b1").getBytesUsed()).isEqualTo(100);
        assertThat(pipeline.backend("b1").getDegraded()).isEqualTo(damage.leavesTheKey());
    }

    @Test
    void validRecordOfTheSameRowRepairsDegradedTallies() {
        // Given
        store.backend("b1", 1_000);
        store.backend("b2", 1_000);
        store.put("photos/a", "b1", 100);
        readOn();
        store.replicate("photos/a", "b2");
        pipeline.readDamaged(next(), Damage.VALUE_CUT_OFF);
        pipeline.endTransaction();
        assertThat(pipeline.backend("b1").getDegraded()).isFalse();
        assertThat(pipeline.backend("b2").getDegraded()).isTrue();
        assertThat(pipeline.backend("b2").getBytesUsed()).isZero();
        assertThat(bucket("photos").getDegraded()).isTrue();
        // When: not the same row, though the same object
        store.encrypt("photos/a");
        List<CapturedLog.Entry<?, ?>> both = rest();
        pipeline.read(both.subList(0, 1));
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.backend("b2").getDegraded()).isTrue();
        // When
        pipeline.read(both.subList(1, 2));
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.backend("b2").getDegraded()).isFalse();
        assertThat(pipeline.backend("b2").getBytesUsed()).isEqualTo(160);
        assertThat(bucket("photos").getDegraded()).isFalse();
    }

    @Test
    void aSnapshotOfTheRowRepairsItToo() {
        // Given
        store.backend("b1", 1_000);
        readOn();
        store.put("photos/a", "b1", 100);
        CapturedLog.Entry<?, ?> row = rest().stream()
                .filter(entry -> entry.topic().name().endsWith("object_locations"))
                .findFirst()
                .orElseThrow();
        pipeline.readDamaged(row, Damage.VALUE_IS_TEXT);
        pipeline.endTransaction();
        assertThat(pipeline.backend("b1").getDegraded()).isTrue();
        // When
        store.snapshot();
        readOn();
        // Then
        assertThat(pipeline.backend("b1").getDegraded()).isFalse();
        assertThat(pipeline.backend("b1").getBytesUsed()).isEqualTo(100);
    }

    @Test
    void aDeleteThatCannotBeReadIsRepairedByItsTombstone() {
        // Given
        store.backend("b1", 1_000);
        store.put("photos/a", "b1", 100);
        readOn();
        store.delete(List.of("photos/a"));
        // When
        pipeline.readDamaged(next(), Damage.VALUE_CUT_OFF);
        readOn();
        // Then
        assertThat(pipeline.backend("b1").getBytesUsed()).isZero();
        assertThat(pipeline.backend("b1").getDegraded()).isFalse();
    }

    @Test
    void aLimitDegradesItsBackendAndACounterItsMonth() {
        // Given
        store.backend("b1", 1_000);
        store.flushUsage("b1", "2026-11", 1, 2, 3);
        store.flushUsage("b1", "2026-12", 1, 2, 3);
        readOn();
        // When
        store.backend("b1", 2_000);
        pipeline.readDamaged(next(), Damage.VALUE_CUT_OFF);
        store.flushUsage("b1", "2026-12", 1, 2, 3);
        pipeline.readDamaged(next(), Damage.VALUE_CUT_OFF);
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.backend("b1").getDegraded()).isTrue();
        assertThat(pipeline.backend("b1").getBytesLimit()).isEqualTo(1_000);
        assertThat(pipeline.last(pipeline.topics.backendUsage())
                        .get(new BackendPeriodKey("b1", "2026-11"))
                        .getDegraded())
                .isFalse();
        assertThat(pipeline.last(pipeline.topics.backendUsage())
                        .get(new BackendPeriodKey("b1", "2026-12"))
                        .getDegraded())
                .isTrue();
        // When
        store.backend("b1", 3_000);
        store.flushUsage("b1", "2026-12", 1, 2, 3);
        readOn();
        // Then
        assertThat(pipeline.backend("b1").getDegraded()).isFalse();
        assertThat(pipeline.last(pipeline.topics.backendUsage())
                        .get(new BackendPeriodKey("b1", "2026-12"))
                        .getDegraded())
                .isFalse();
    }

    @Test
    void aCleanupDegradesTheBackendThatItIsKnownToBelongTo() {
        // Given
        store.backend("b1", 1_000);
        long known = store.enqueueCleanup("b1", "photos/a", 10);
        readOn();
        // When
        store.log.transaction(tx -> tx.update(
                pipeline.topics.cleanupQueue(), new CleanupKey(known), new CleanupRow(known, "b1", "photos/a", 10L)));
        pipeline.readDamaged(next(), Damage.VALUE_CUT_OFF);
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.backend("b1").getDegraded()).isTrue();
        assertThat(isUnattributed(onlyLetter())).isFalse();
        // When: it moves to the other table, in which nothing is known of it yet
        store.exhaustCleanup(known);
        List<CapturedLog.Entry<?, ?>> moved = rest();
        pipeline.read(moved.subList(0, 2));
        pipeline.readDamaged(moved.get(2), Damage.VALUE_CUT_OFF);
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.backend("b1").getDegraded()).isFalse();
        assertThat(isUnattributed(pipeline.deadLetters().get(1))).isTrue();
    }

    @Test
    void aPartDegradesTheBackendOfItsUploadAsSoonAsThatIsKnownAndUntilItEnds() {
        // Given
        store.backend("b1", 1_000);
        readOn();
        String upload = store.startUpload("photos/a", "b1");
        store.uploadPart(upload, 1, 50);
        List<CapturedLog.Entry<?, ?>> entries = rest();
        // When
        pipeline.readDamaged(entries.get(1), Damage.SCHEMA_UNKNOWN);
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.backend("b1").getDegraded()).isFalse();
        // When
        pipeline.read(entries.subList(0, 1));
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.backend("b1").getDegraded()).isTrue();
        // When
        store.abort(upload);
        readOn();
        // Then
        assertThat(pipeline.backend("b1").getDegraded()).isFalse();
        assertThat(pipeline.backend("b1").getInflightBytes()).isZero();
    }

    @Test
    void aRecordDegradesItsCollectionAndItsUser() {
        // Given
        sync.post(1, BOOKMARKS, Map.of("a", "xyz"), DECADES);
        sync.post(1, 3, Map.of("a", "xyz"), DECADES);
        readOn(sync);
        // When: a value that is read well, but holds no time
        sync.log.transaction(tx -> tx.insert(
                pipeline.topics.bsos(),
                new BsoKey(1L, BOOKMARKS, "b"),
                new Bso(1L, BOOKMARKS, "b", "xyz", "some day")));
        readOn(sync);
        // Then
        assertThat(DeadLetterHeaders.from(onlyLetter().headers()).message())
                .isEqualTo("its row cannot be applied (java.time.format.DateTimeParseException):"
                        + " Text 'some day' could not be parsed at index 0");
        assertThat(pipeline.collection(1, BOOKMARKS).getDegraded()).isTrue();
        assertThat(pipeline.collection(1, BOOKMARKS).getCount()).isEqualTo(1);
        assertThat(pipeline.collection(1, 3).getDegraded()).isFalse();
        assertThat(isDegraded(1)).isTrue();
        // When
        sync.post(1, BOOKMARKS, Map.of("b", "xyz"), DECADES);
        readOn(sync);
        // Then
        assertThat(pipeline.collection(1, BOOKMARKS).getDegraded()).isFalse();
        assertThat(pipeline.collection(1, BOOKMARKS).getCount()).isEqualTo(2);
        assertThat(isDegraded(1)).isFalse();
    }

    @Test
    void aCollectionThatIsNotShownDegradesItsUserAllTheSame() {
        // Given
        sync.post(1, BOOKMARKS, Map.of("a", "xyz"), DECADES);
        readOn(sync);
        sync.post(1, 3, Map.of("a", "xyz"), DECADES);
        List<CapturedLog.Entry<?, ?>> entries = rest(sync);
        // When
        entries.forEach(entry -> pipeline.readDamaged(entry, Damage.VALUE_CUT_OFF));
        // Then
        assertThat(pipeline.collection(1, 3)).isNull();
        assertThat(isDegraded(1)).isTrue();
        // When
        sync.post(1, 3, Map.of("a", "xyz"), DECADES);
        readOn(sync);
        // Then
        assertThat(isDegraded(1)).isFalse();
        assertThat(pipeline.collection(1, 3).getCount()).isEqualTo(1);
    }

    @Test
    void anUpdateThatLeavesThePayloadOutDoesNotRepairTheRow() {
        // Given
        sync.post(1, BOOKMARKS, Map.of("a", "xyz"), DECADES);
        readOn(sync);
        sync.post(1, BOOKMARKS, Map.of("a", "xyzxyz"), DECADES);
        CapturedLog.Entry<?, ?> row = rest(sync).stream()
                .filter(entry -> entry.topic().name().endsWith("bsos"))
                .findFirst()
                .orElseThrow();
        pipeline.readDamaged(row, Damage.VALUE_CUT_OFF);
        // When
        sync.changeTtl(1, BOOKMARKS, "a", Duration.ofDays(900));
        readOn(sync);
        // Then
        assertThat(pipeline.collection(1, BOOKMARKS).getDegraded()).isTrue();
        // When
        sync.post(1, BOOKMARKS, Map.of("a", "xyzxyz"), DECADES);
        readOn(sync);
        // Then
        assertThat(pipeline.collection(1, BOOKMARKS).getDegraded()).isFalse();
        assertThat(pipeline.collection(1, BOOKMARKS).getTotalBytes()).isEqualTo(6);
    }

    @Test
    void aRowThatIsMissingDoesNotLookLikeADeletedObject() {
        // Given: an overwrite whose new row cannot be read
        store.backend("b1", 1_000);
        store.put("photos/a", "b1", 100);
        readOn();
        pipeline.captured(store.log);
        pipeline.endTransaction();
        store.put("photos/a", "b2", 200);
        for (CapturedLog.Entry<?, ?> entry : rest()) {
            boolean inserted = entry.topic().name().endsWith("object_locations")
                    && entry.change() != null
                    && entry.change().after() != null;
            if (inserted) {
                pipeline.readDamaged(entry, Damage.VALUE_CUT_OFF);
            } else {
                pipeline.read(List.of(entry));
            }
        }
        pipeline.captured(store.log);
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.notificationTypes()).containsExactly("s3:ObjectCreated:Put");
        // When: while it is in doubt, nothing is said of the object
        store.replicate("photos/a", "b3");
        store.removeExcessCopy("photos/a");
        store.removeExcessCopy("photos/a");
        readOn();
        pipeline.captured(store.log);
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.notificationTypes()).containsExactly("s3:ObjectCreated:Put");
        // When
        store.delete(List.of("photos/a"));
        readOn();
        pipeline.captured(store.log);
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.notificationTypes()).containsExactly("s3:ObjectCreated:Put", "s3:ObjectRemoved:Delete");
    }

    @Test
    void aReplayRepairsTheRowOnceItCanBeReadAndRepeatedChangesNothing() throws Exception {
        // Given
        store.backend("b1", 1_000);
        readOn();
        twoObjects("photos/a", "photos/b");
        List<CapturedLog.Entry<?, ?>> entries = rest();
        pipeline.readDamaged(entries.get(0), Damage.SCHEMA_UNKNOWN);
        pipeline.read(entries.subList(1, entries.size()));
        pipeline.captured(store.log);
        pipeline.endTransaction();
        int notified = pipeline.notifications().size();
        TestRecord<byte[], byte[]> letter = onlyLetter();
        // When: nothing was fixed
        pipeline.replay(letter);
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.backend("b1").getDegraded()).isTrue();
        assertThat(pipeline.deadLetters()).hasSize(1);
        assertThat(pipeline.replayResults()).containsExactly(DeadLetterEventType.REFUSED);
        // When
        restoreSchema();
        pipeline.replay(letter);
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.backend("b1").getDegraded()).isFalse();
        assertThat(pipeline.backend("b1").getBytesUsed()).isEqualTo(200);
        assertThat(bucket("photos").getDegraded()).isFalse();
        // When
        int written = pipeline.written(pipeline.topics.backendQuotas()).size();
        pipeline.replay(letter);
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.written(pipeline.topics.backendQuotas())).hasSize(written);
        assertThat(pipeline.deadLetters()).hasSize(1);
        assertThat(pipeline.replayResults())
                .containsExactly(
                        DeadLetterEventType.REFUSED, DeadLetterEventType.REPAIRED, DeadLetterEventType.SUPERSEDED);
        assertThat(pipeline.written(pipeline.topics.deadLetterEvents()))
                .extracting(TestRecord::key)
                .containsOnly(new DeadLetterKey("dlq.streams", "id", 0, 0L, "letter"));
        // When
        store.put("photos/c", "b1", 1);
        readOn();
        pipeline.captured(store.log);
        pipeline.endTransaction();
        // Then: it was no news
        assertThat(pipeline.notifications()).hasSize(notified + 1);
    }

    @Test
    void aReplayDoesNotTakeARowBackBehindALaterChange() throws Exception {
        // Given
        sync.post(1, BOOKMARKS, Map.of("a", "xyz"), DECADES);
        pipeline.read(rest(sync).subList(0, 1));
        pipeline.readDamaged(sync.log.entries().get(1), Damage.SCHEMA_UNKNOWN);
        pipeline.read(sync.log.entries().subList(2, 3));
        read = sync.log.entries().size();
        sync.deleteRecord(1, BOOKMARKS, "a");
        readOn(sync);
        restoreSchema();
        // When
        pipeline.replay(onlyLetter());
        // Then
        assertThat(pipeline.collection(1, BOOKMARKS).getCount()).isZero();
        assertThat(pipeline.replayResults()).containsExactly(DeadLetterEventType.SUPERSEDED);
    }

    @Test
    void replayIsRefusedUnlessItMakesTheRowCertain() throws Exception {
        // Given: a later update leaves the payload out
        sync.post(1, BOOKMARKS, Map.of("a", "xyz"), DECADES);
        readOn(sync);
        sync.post(1, BOOKMARKS, Map.of("a", "xyzxyz"), DECADES);
        CapturedLog.Entry<?, ?> row = rest(sync).stream()
                .filter(entry -> entry.topic().name().endsWith("bsos"))
                .findFirst()
                .orElseThrow();
        pipeline.readDamaged(row, Damage.SCHEMA_UNKNOWN);
        sync.changeTtl(1, BOOKMARKS, "a", Duration.ofDays(900));
        readOn(sync);
        restoreSchema();
        // When
        pipeline.replay(onlyLetter());
        // Then
        assertThat(pipeline.collection(1, BOOKMARKS).getDegraded()).isTrue();
        assertThat(pipeline.replayResults()).containsExactly(DeadLetterEventType.REFUSED);
        // When: its key could not be decoded, so its row was not marked
        read = 0;
        store.backend("b1", 1_000);
        CapturedLog.Entry<?, ?> entry = next();
        pipeline.readDamaged(entry, Damage.KEY_CUT_OFF);
        TestRecord<byte[], byte[]> letter = pipeline.deadLetters().get(1);
        pipeline.replay(new TestRecord<>(
                PipelineDriver.serialized(entry).key(), letter.value(), letter.headers(), letter.getRecordTime()));
        // Then
        assertThat(pipeline.replayResults()).containsExactly(DeadLetterEventType.REFUSED, DeadLetterEventType.REFUSED);
    }

    @Test
    void aReplayOfAnEarlierRecordDoesNotStandForTheLastOne() throws Exception {
        // Given: two records of the row cannot be read, and the first one is replayed
        store.backend("b1", 1_000);
        store.put("photos/a", "b1", 100);
        readOn();
        store.encrypt("photos/a");
        pipeline.readDamaged(next(), Damage.SCHEMA_UNKNOWN);
        store.encrypt("photos/a");
        pipeline.readDamaged(next(), Damage.SCHEMA_UNKNOWN);
        restoreSchema();
        // When
        pipeline.replay(pipeline.deadLetters().get(0));
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.backend("b1").getBytesUsed()).isEqualTo(100);
        assertThat(pipeline.backend("b1").getDegraded()).isTrue();
        // When
        pipeline.replay(pipeline.deadLetters().get(1));
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.backend("b1").getBytesUsed()).isEqualTo(220);
        assertThat(pipeline.backend("b1").getDegraded()).isFalse();
        assertThat(pipeline.replayResults())
                .containsExactly(DeadLetterEventType.SUPERSEDED, DeadLetterEventType.REPAIRED);
    }

    /** A snapshot may put the same row at the same offset of a topic that was created again. */
    @Test
    void aReplayOfAFormerTopicDoesNotStandForTheRecordAtItsOffset() throws Exception {
        // Given
        store.backend("b1", 1_000);
        store.put("photos/a", "b1", 100);
        readOn();
        store.encrypt("photos/a");
        pipeline.readDamaged(next(), Damage.SCHEMA_UNKNOWN);
        restoreSchema();
        TestRecord<byte[], byte[]> letter = onlyLetter();
        Headers former = new RecordHeaders(letter.headers());
        former.remove(DeadLetterHeaders.SET_ASIDE_AT);
        DeadLetterHeaders.addTime(former, NOON.minusSeconds(3_600).toEpochMilli());
        // When
        pipeline.replay(new TestRecord<>(letter.key(), letter.value(), former, letter.getRecordTime()));
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.backend("b1").getBytesUsed()).isEqualTo(100);
        assertThat(pipeline.backend("b1").getDegraded()).isTrue();
        // When
        pipeline.replay(letter);
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.backend("b1").getBytesUsed()).isEqualTo(160);
        assertThat(pipeline.replayResults())
                .containsExactly(DeadLetterEventType.SUPERSEDED, DeadLetterEventType.REPAIRED);
    }

    @Test
    void aReplayInTheMiddleOfATransactionDoesNotEndIt() throws Exception {
        // Given
        store.backend("b1", 1_000);
        store.put("photos/a", "b1", 100);
        readOn();
        store.encrypt("photos/a");
        pipeline.readDamaged(next(), Damage.SCHEMA_UNKNOWN);
        restoreSchema();
        twoObjects("photos/b", "photos/c");
        List<CapturedLog.Entry<?, ?>> entries = rest();
        // When
        pipeline.read(entries.subList(0, 1));
        pipeline.replay(onlyLetter());
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.backend("b1").getBytesUsed()).isEqualTo(160);
        // When
        pipeline.read(entries.subList(1, 2));
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.backend("b1").getBytesUsed()).isEqualTo(360);
    }

    /** Not even one that does not say where it belongs. */
    @ParameterizedTest
    @EnumSource(names = {"VALUE_CUT_OFF", "HEADERS_MISSING"})
    void itDoesNotHoldUpWhatIsComplete(Damage damage) {
        // Given
        store.backend("b1", 1_000);
        store.put("photos/a", "b1", 100);
        readOn();
        store.encrypt("photos/a");
        // When
        pipeline.readDamaged(next(), damage);
        pipeline.captured(store.log);
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.applied(OutputStage.STORAGE).getLsn())
                .isEqualTo(store.log.watermark().getLsn());
    }

    @Test
    void itIsCountedByTopic() {
        // Given
        store.backend("b1", 1_000);
        // When
        pipeline.readDamaged(next(), Damage.VALUE_CUT_OFF);
        // Then
        assertThat(pipeline.metrics().entrySet())
                .filteredOn(metric -> metric.getKey().name().equals("dead-letters-total"))
                .allSatisfy(metric -> assertThat(metric.getValue().metricValue())
                        .isEqualTo(
                                metric.getKey().tags().get("topic-id").equals("s3.public.backend_quotas") ? 1.0 : 0.0))
                .hasSize(10);
    }

    @Test
    void tooManyInAMinuteStopWithTheFirstReasonAndNothingOfTheRecords() {
        try (PipelineDriver strict = new PipelineDriver(PipelineDriver.toleratingUnprocessable(2), NOON)) {
            // Given
            ObjectStoreModel other = new ObjectStoreModel(strict.topics, NOON);
            other.backend("b1", 1_000);
            CapturedLog.Entry<?, ?> entry = other.log.entries().get(0);
            strict.readDamaged(entry, Damage.VALUE_IS_TEXT);
            strict.advance(Duration.ofSeconds(61));
            strict.readDamaged(entry, Damage.VALUE_CUT_OFF);
            strict.readDamaged(entry, Damage.KEY_MISSING);
            // Then
            assertThatThrownBy(() -> strict.readDamaged(entry, Damage.KEY_MISSING))
                    .rootCause()
                    .hasMessageStartingWith("3 records within a minute could not be processed, more than"
                            + " streams.max-unprocessable-per-minute allows (2). The first one was in s3.public.backend_quotas:"
                            + " its value cannot be decoded (java.io.EOFException).")
                    .hasMessageContaining("waltally dlq list");
        }
    }

    /** The registry has again what {@link Damage#SCHEMA_UNKNOWN} names. */
    private void restoreSchema() throws IOException, RestClientException {
        SchemaRegistryClient client = MockSchemaRegistry.getClientForScope(pipeline.registry);
        for (String topic : List.of("s3.public.object_locations", "sync.public.bsos")) {
            String subject = topic + "-value";
            if (client.getAllSubjects().contains(subject)) {
                Schema envelope = (Schema) client.getSchemaById(
                                client.getLatestSchemaMetadata(subject).getId())
                        .rawSchema();
                envelope.addProp("restored", topic);
                client.register(subject, new AvroSchema(envelope), 2, Damage.UNKNOWN_SCHEMA_ID);
            }
        }
    }

    /** One transaction of two new rows on b1, 100 bytes each. */
    private void twoObjects(String first, String second) {
        store.log.transaction(tx -> {
            for (String objectKey : List.of(first, second)) {
                tx.insert(
                        pipeline.topics.objectLocations(),
                        new ObjectLocationKey(objectKey, "b1"),
                        new ObjectLocation(objectKey, "b1", 100L, null, null, NOON.toString()));
            }
        });
    }

    private void readOn() {
        pipeline.read(rest());
        pipeline.endTransaction();
    }

    private void readOn(SyncModel model) {
        pipeline.read(rest(model));
        pipeline.endTransaction();
    }

    private List<CapturedLog.Entry<?, ?>> rest() {
        return rest(store.log);
    }

    private List<CapturedLog.Entry<?, ?>> rest(SyncModel model) {
        return rest(model.log);
    }

    private List<CapturedLog.Entry<?, ?>> rest(CapturedLog log) {
        List<CapturedLog.Entry<?, ?>> entries = log.entries();
        int from = read;
        read = entries.size();
        return entries.subList(from, read);
    }

    private CapturedLog.Entry<?, ?> next() {
        return store.log.entries().get(read++);
    }

    private TestRecord<byte[], byte[]> onlyLetter() {
        assertThat(pipeline.deadLetters()).hasSize(1);
        return pipeline.deadLetters().get(0);
    }

    private static boolean isUnattributed(TestRecord<byte[], byte[]> letter) {
        return letter.headers().lastHeader(DeadLetterHeaders.UNATTRIBUTED) != null;
    }

    private BucketUsage bucket(String name) {
        return pipeline.last(pipeline.topics.bucketUsage()).get(new BucketKey(name));
    }

    private boolean isDegraded(long userId) {
        return pipeline.last(pipeline.topics.userStorage())
                .get(new UserKey(userId))
                .getDegraded();
    }
}
