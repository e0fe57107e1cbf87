package io.waltally.connectors.capture.source;

import static io.waltally.connectors.capture.fixture.CapturedTopics.waitFor;
import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.connectors.capture.Capture;
import io.waltally.connectors.capture.CaptureState;
import io.waltally.connectors.capture.CaptureStatus;
import io.waltally.connectors.capture.fixture.CaptureFixture;
import io.waltally.connectors.capture.fixture.TableRows;
import io.waltally.schemas.Source;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PartitionedTableIT {
    private static final String BSOS = "sync.public.bsos";

    @RegisterExtension
    final CaptureFixture source = new CaptureFixture(Source.SYNC);

    @Test
    void aTableReplacedByAPartitionedOneIsCapturedOnceMigratedAsAreLaterPartitions() throws Exception {
        // Given a publication as earlier releases made it
        source.sql("ALTER PUBLICATION waltally_sync SET (publish_via_partition_root = false)");
        Capture capture = source.streaming();
        source.sql("INSERT INTO user_collections SELECT u, 1, now() FROM generate_series(1, 4000) u");
        bsos(1, 100, "plain");
        source.awaitCaptured(capture);
        // When
        source.sql("ALTER TABLE bsos RENAME TO old_bsos");
        source.sql(
                "CREATE TABLE bsos (LIKE old_bsos, PRIMARY KEY (user_id, collection_id, bso_id)) PARTITION BY RANGE (user_id)");
        source.sql("CREATE TABLE bsos_0 PARTITION OF bsos FOR VALUES FROM (0) TO (1000)");
        source.sql("INSERT INTO bsos SELECT * FROM old_bsos WHERE user_id % 2 = 0");
        waitFor("stopped", () -> capture.status().state() == CaptureState.FAILED);
        assertThat(capture.status().reason())
                .get()
                .asString()
                .contains("publication waltally_sync does not publish public.bsos");
        source.migrate();
        capture.resume(false, false);
        // Then
        awaitRead(capture);
        bsos(200, 300, "streamed");
        assertTopicIsTheTable(capture);
        // And when partitions come, with rows and without, and go
        source.sql("CREATE TABLE bsos_1 PARTITION OF bsos FOR VALUES FROM (1000) TO (2000)");
        bsos(1000, 1100, "in a new partition");
        assertTopicIsTheTable(capture);
        source.sql("CREATE TABLE bsos_2 (LIKE old_bsos)");
        source.sql(
                "INSERT INTO bsos_2 SELECT 2000 + i, 1, 'attached', 0, 'attached', now(), now() FROM generate_series(1, 50) i");
        source.sql("ALTER TABLE bsos ATTACH PARTITION bsos_2 FOR VALUES FROM (2000) TO (3000)");
        assertTopicIsTheTable(capture);
        source.sql("ALTER TABLE bsos DETACH PARTITION bsos_0");
        assertTopicIsTheTable(capture);
        source.sql("TRUNCATE bsos_1");
        assertTopicIsTheTable(capture);
        source.sql("DROP TABLE bsos_2");
        source.sql("CREATE TABLE rest PARTITION OF bsos DEFAULT");
        bsos(3000, 3010, "in the default partition");
        assertTopicIsTheTable(capture);
    }

    private void bsos(int from, int to, String payload) throws Exception {
        source.sql("INSERT INTO bsos SELECT i, 1, 'id', 0, '" + payload + "', now(), now() FROM generate_series(" + from
                + ", " + to + ") i");
    }

    private void awaitRead(Capture capture) throws Exception {
        waitFor("streaming", () -> {
            CaptureStatus status = capture.status();
            assertThat(status.state()).as("%s", status.reason()).isNotEqualTo(CaptureState.FAILED);
            return status.state() == CaptureState.STREAMING
                    && status.snapshots().isEmpty();
        });
    }

    /** In the end: what a change of partitions brings or takes is found by reading the table again. */
    private void assertTopicIsTheTable(Capture capture) throws Exception {
        source.awaitCaptured(capture);
        var sql = TableRows.of(source.writer(), "bsos");
        waitFor("the topic is the table", () -> {
            CaptureStatus status = capture.status();
            assertThat(status.state()).as("%s", status.reason()).isNotEqualTo(CaptureState.FAILED);
            try {
                var topic = TableRows.of(source.read(BSOS).all());
                return topic.size() == sql.size() && topic.containsAll(sql);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }
}
