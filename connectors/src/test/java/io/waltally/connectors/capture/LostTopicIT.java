package io.waltally.connectors.capture;

import static io.waltally.connectors.capture.fixture.CapturedTopics.waitFor;
import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.connectors.capture.fixture.CaptureFixture;
import io.waltally.connectors.capture.fixture.CapturedTopics;
import io.waltally.schemas.Source;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A topic that has lost records. */
class LostTopicIT {
    private static final String COLLECTIONS = "sync.public.collections";

    @RegisterExtension
    final CaptureFixture sync = new CaptureFixture(Source.SYNC);

    @Test
    void aRecreatedTopicStopsTheSourceUntilItsTableIsReadAgain() throws Exception {
        // Given
        Capture first = sync.streaming();
        sync.sql(
                "INSERT INTO collections (collection_id, name) SELECT 1000 + i, 'c' || i FROM generate_series(1, 20) i");
        sync.awaitCaptured(first);
        first.close();
        // When
        try (Admin admin = Admin.create(sync.kafka())) {
            admin.deleteTopics(List.of(COLLECTIONS)).all().get();
            waitFor("deleted", () -> {
                try {
                    return !admin.listTopics().names().get().contains(COLLECTIONS);
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });
        }
        Capture second = sync.capture();
        // Then
        waitFor("stopped", () -> second.status().state() == CaptureState.FAILED);
        assertThat(second.status().reason())
                .hasValueSatisfying(reason -> assertThat(reason)
                        .contains(COLLECTIONS, "deleted and created again", "waltally resume sync --new-epoch"));
        // And when
        second.resume(true, false);
        CaptureFixture.awaitStreaming(second);
        sync.sql("INSERT INTO collections (collection_id, name) VALUES (2000, 'later')");
        sync.awaitCaptured(second);
        // Then
        assertThat(CapturedTopics.latest(sync.read(COLLECTIONS).all(), COLLECTIONS))
                .hasSize((int) sync.number("SELECT count(*) FROM collections"));
        // And a further start finds nothing wrong
        second.close();
        sync.awaitCaptured(sync.streaming());
    }

    @Test
    void recordsThatWereDeletedStopTheSourceUntilItsTableIsReadAgain() throws Exception {
        // Given
        Capture first = sync.streaming();
        sync.sql(
                "INSERT INTO collections (collection_id, name) SELECT 1000 + i, 'c' || i FROM generate_series(1, 20) i");
        sync.awaitCaptured(first);
        first.close();
        // When
        sync.deleteRecords(COLLECTIONS);
        Capture second = sync.capture();
        // Then
        waitFor("stopped", () -> second.status().state() == CaptureState.FAILED);
        assertThat(second.status().reason())
                .hasValueSatisfying(reason -> assertThat(reason)
                        .contains(COLLECTIONS, "records before were deleted", "waltally resume sync --new-epoch"));
        // And when
        second.resume(true, false);
        CaptureFixture.awaitStreaming(second);
        sync.awaitCaptured(second);
        // Then
        assertThat(CapturedTopics.latest(sync.read(COLLECTIONS).all(), COLLECTIONS))
                .hasSize((int) sync.number("SELECT count(*) FROM collections"));
        // And a further start accepts where the topic begins
        second.close();
        sync.awaitCaptured(sync.streaming());
    }

    @Test
    void anotherNumberOfPartitionsThanThatOfTheRowsStopsTheSource() throws Exception {
        // Given
        Capture first = sync.streaming();
        sync.sql("INSERT INTO collections (collection_id, name) VALUES (1001, 'before')");
        sync.awaitCaptured(first);
        first.close();
        long records = sync.readRaw(COLLECTIONS).size();
        // When
        sync.alterPartitions(8);
        sync.sql("UPDATE collections SET name = 'after' WHERE collection_id = 1001");
        Capture second = sync.capture();
        // Then
        waitFor("stopped", () -> second.status().state() == CaptureState.FAILED);
        assertThat(second.status().reason())
                .hasValueSatisfying(reason -> assertThat(reason)
                        .contains("topics.partitions is 8", "written with 4", "docs/tallies.md#changing-it"));
        assertThat(sync.readRaw(COLLECTIONS)).hasSize((int) records);
    }
}
