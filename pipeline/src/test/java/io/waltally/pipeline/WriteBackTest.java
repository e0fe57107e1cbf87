package io.waltally.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.pipeline.captured.CapturedLog;
import io.waltally.pipeline.model.ObjectStoreModel;
import io.waltally.pipeline.model.SyncModel;
import io.waltally.schemas.OutputStage;
import io.waltally.schemas.cdc.BackendQuotaKey;
import io.waltally.schemas.cdc.BackendQuotaRow;
import io.waltally.schemas.cdc.UserCollectionRow;
import io.waltally.schemas.cdc.UserCollectionRowKey;
import io.waltally.schemas.topic.Topic;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Counters that a sink writes into the application's tables are captured as any change is, and cause nothing. */
class WriteBackTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00.123456Z");
    private static final int BOOKMARKS = 7;

    private final PipelineDriver pipeline = new PipelineDriver(PipelineDriver.notifyingCollections(), NOON);
    private final ObjectStoreModel store = new ObjectStoreModel(pipeline.topics, NOON);
    private final SyncModel sync = new SyncModel(pipeline.topics, NOON);

    @AfterEach
    void close() {
        pipeline.close();
    }

    @Test
    void topologiesDoNotReadTheCountersThatSinksWrite() {
        assertThat(columns(BackendQuotaRow.getClassSchema())).containsExactly("backend_name", "bytes_limit");
        assertThat(columns(UserCollectionRow.getClassSchema())).containsExactly("user_id", "collection_id", "modified");
    }

    private static List<String> columns(Schema read) {
        return read.getFields().stream().map(Schema.Field::name).toList();
    }

    @Test
    void countersWrittenIntoBackendQuotasMoveNoTallyAndNotifyNobody() {
        // Given a backend beyond the threshold of its capacity
        store.backend("b1", 100);
        store.put("photos/a", "b1", 90);
        pipeline.readAll(store.log);
        Map<String, Integer> before = written();
        // When
        int read = store.log.entries().size();
        store.log.wait(Duration.ofHours(2));
        store.log.transaction(tx -> tx.update(
                pipeline.topics.backendQuotaRows(), new BackendQuotaKey("b1"), new BackendQuotaRow("b1", 100L)));
        readFrom(store.log, read);
        // Then it is read, and nothing follows
        assertThat(pipeline.applied(OutputStage.STORAGE).getLsn())
                .isEqualTo(store.log.watermark().getLsn());
        assertThat(written()).isEqualTo(before);
    }

    @Test
    void countersWrittenIntoUserCollectionsMoveNoTallyAndNotifyNobody() {
        // Given
        sync.name(BOOKMARKS, "bookmarks");
        sync.post(1, BOOKMARKS, Map.of("a", "xyz"), Duration.ofDays(1));
        pipeline.readAll(sync.log);
        Map<String, Integer> before = written();
        // When
        int read = sync.log.entries().size();
        UserCollectionRowKey key = new UserCollectionRowKey(1L, BOOKMARKS);
        UserCollectionRow row = sync.collections.get(key);
        sync.log.wait(Duration.ofSeconds(1));
        sync.log.transaction(tx -> tx.update(pipeline.topics.userCollectionRows(), key, row));
        readFrom(sync.log, read);
        // Then it is read, and nothing follows
        assertThat(pipeline.applied(OutputStage.COLLECTIONS).getLsn())
                .isEqualTo(sync.log.watermark().getLsn());
        assertThat(written()).isEqualTo(before);
    }

    private void readFrom(CapturedLog log, int entry) {
        pipeline.read(log.entries().subList(entry, log.entries().size()));
        pipeline.captured(log);
        pipeline.endTransaction();
    }

    private Map<String, Integer> written() {
        Map<String, Integer> records = new LinkedHashMap<>();
        Stream.<Topic<?, ?>>of(
                        pipeline.topics.backendQuotas(),
                        pipeline.topics.bucketUsage(),
                        pipeline.topics.userCollections(),
                        pipeline.topics.userStorage(),
                        pipeline.topics.notifications())
                .forEach(topic ->
                        records.put(topic.name(), pipeline.written(topic).size()));
        return records;
    }
}
