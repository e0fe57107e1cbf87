package io.waltally.connectors.capture.source;

import static io.waltally.connectors.capture.fixture.CapturedTopics.waitFor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.waltally.connectors.capture.Capture;
import io.waltally.connectors.capture.CaptureState;
import io.waltally.connectors.capture.CaptureStatus;
import io.waltally.connectors.capture.fixture.CaptureFixture;
import io.waltally.connectors.capture.fixture.TableRows;
import io.waltally.schemas.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Changes of rows that the stream does not show, because of the state of the publication and the tables. */
class PublishedTablesIT {
    private static final Logger LOG = LoggerFactory.getLogger(PublishedTablesIT.class);
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

    @Test
    void changesThatTheStreamDoesNotShowAreReadAtTheNextStart() throws Exception {
        // Given
        source.sql("ALTER TABLE bsos RENAME TO old_bsos");
        source.sql("CREATE TABLE bsos (LIKE old_bsos INCLUDING DEFAULTS, PRIMARY KEY (user_id, collection_id, bso_id))"
                + " PARTITION BY RANGE (user_id)");
        source.sql("CREATE TABLE bsos_0 PARTITION OF bsos FOR VALUES FROM (0) TO (1000)");
        source.sql("CREATE UNIQUE INDEX users ON bsos_0 (user_id)");
        source.migrate();
        source.sql("INSERT INTO user_collections SELECT u, 1, now() FROM generate_series(1, 100) u");
        bsos(1, 100, "before");
        Capture capture = source.streaming();
        assertTopicIsTheTable(capture);
        List<Hidden> kinds = new ArrayList<>(List.of(
                new Hidden(
                        "ALTER PUBLICATION waltally_sync SET (publish = 'insert')",
                        "ALTER PUBLICATION waltally_sync SET (publish = 'insert, update, delete, truncate')"),
                new Hidden(
                        "ALTER TABLE bsos_0 REPLICA IDENTITY USING INDEX users",
                        "ALTER TABLE bsos_0 REPLICA IDENTITY DEFAULT"),
                new Hidden(
                        "ALTER PUBLICATION waltally_sync DROP TABLE bsos",
                        "ALTER PUBLICATION waltally_sync ADD TABLE bsos"),
                new Hidden("ALTER TABLE bsos RENAME TO away", "ALTER TABLE away RENAME TO bsos"),
                new Hidden(
                        "CREATE SCHEMA away; ALTER TABLE bsos SET SCHEMA away; SET search_path = away",
                        "ALTER TABLE bsos SET SCHEMA public; RESET search_path"),
                new Hidden(
                        "ALTER TABLE bsos DETACH PARTITION bsos_0; ALTER TABLE bsos_0 RENAME TO away",
                        "ALTER TABLE away RENAME TO bsos_0;"
                                + " ALTER TABLE bsos ATTACH PARTITION bsos_0 FOR VALUES FROM (0) TO (1000)")));
        if (source.serverVersion() >= 15) {
            kinds.add(new Hidden(
                    "ALTER PUBLICATION waltally_sync ADD TABLES IN SCHEMA public; ALTER PUBLICATION waltally_sync"
                            + " DROP TABLE bsos; ALTER PUBLICATION waltally_sync DROP TABLES IN SCHEMA public",
                    "ALTER PUBLICATION waltally_sync ADD TABLES IN SCHEMA public;"
                            + " GRANT SELECT ON ALL TABLES IN SCHEMA public TO waltally"));
        }
        for (Hidden kind : kinds) {
            capture = assertReadAtTheNextStart(capture, kind);
        }
    }

    @Test
    void deletesUnderAReplicaIdentityWithoutTheKeyAreReadAgain() throws Exception {
        // Given
        source.sql("INSERT INTO user_collections SELECT u, 1, now() FROM generate_series(1, 100) u");
        source.sql("CREATE UNIQUE INDEX users ON bsos (user_id)");
        bsos(1, 100, "before");
        Capture capture = source.streaming();
        // When
        source.sql("ALTER TABLE bsos REPLICA IDENTITY USING INDEX users; DELETE FROM bsos WHERE user_id > 90");
        waitFor("stopped", () -> capture.status().state() == CaptureState.FAILED);
        String remedy = "ALTER TABLE public.bsos REPLICA IDENTITY DEFAULT";
        assertThat(capture.status().reason())
                .get()
                .asString()
                .contains("the replica identity of public.bsos does not hold its primary key", remedy);
        source.sql(remedy);
        capture.resume(false, false);
        // Then
        assertTopicIsTheTable(capture);
        // And what has nothing to do with the identity reads nothing
        String identity = identityOfBsos();
        source.sql("CREATE INDEX ON bsos (modified); CREATE UNIQUE INDEX ON bsos (user_id) WHERE sortindex = 7;"
                + " ALTER TABLE bsos ADD COLUMN note text; ALTER TABLE bsos REPLICA IDENTITY FULL");
        source.sql("VACUUM ANALYZE bsos");
        source.sql("REINDEX TABLE bsos");
        assertThat(identityOfBsos()).isEqualTo(identity);
    }

    @Test
    void rowsThatWereWrittenWhileTheTableWasUnloggedAreReadAtTheNextStart() throws Exception {
        assumeTrue(source.serverVersion() >= 15, "schemas in publications");
        source.sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO waltally");
        source.sql("ALTER PUBLICATION waltally_sync SET TABLES IN SCHEMA public");
        source.sql("INSERT INTO user_collections SELECT u, 1, now() FROM generate_series(1, 100) u");
        bsos(1, 100, "before");
        assertReadAtTheNextStart(
                source.streaming(), new Hidden("ALTER TABLE bsos SET UNLOGGED", "ALTER TABLE bsos SET LOGGED"));
    }

    @Test
    void aPublicationThatWasDroppedForATimeTakesANewEpoch() throws Exception {
        assumeTrue(source.serverVersion() < 18, "later servers decode without it");
        // Given
        Capture first = source.streaming();
        source.sql("INSERT INTO user_collections SELECT u, 1, now() FROM generate_series(1, 100) u");
        bsos(1, 50, "before");
        source.awaitCaptured(first);
        first.close();
        // When
        source.sql("DROP PUBLICATION waltally_sync");
        bsos(51, 100, "unpublished");
        source.migrate();
        Capture second = source.capture();
        // Then
        waitFor("stopped", () -> second.status().state() == CaptureState.FAILED);
        assertThat(second.status().reason().orElseThrow())
                .contains("publication waltally_sync was dropped", "waltally resume sync --new-epoch");
        second.close();
        assertThat(Capture.declareEpoch(source.config(), source.target(), Optional.empty(), false))
                .isEqualTo(1);
        assertTopicIsTheTable(source.capture());
    }

    private String identityOfBsos() throws Exception {
        return PublishedTables.read(source.writer(), "waltally_sync")
                .identities()
                .get("bsos");
    }

    /** Changes rows while the capture is stopped and the stream does not show the changes. Returns the next capture. */
    private Capture assertReadAtTheNextStart(Capture capture, Hidden kind) throws Exception {
        // When
        source.awaitCaptured(capture);
        capture.close();
        source.sql(kind.away);
        String table = kind.away.endsWith("TO away") ? "away" : "bsos";
        source.sql("DELETE FROM " + table + " WHERE user_id = (SELECT min(user_id) FROM " + table + ")");
        source.sql("UPDATE " + table + " SET payload = 'unseen after " + kind.away.replace("'", "")
                + "', modified = now() WHERE user_id = 50");
        source.sql(kind.back);
        // Then
        LOG.info("after {}", kind.away);
        Capture next = source.capture();
        assertTopicIsTheTable(next);
        return next;
    }

    /** Statements that keep a table or its changes out of the stream for a time. */
    private record Hidden(String away, String back) {}

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
        awaitRead(capture);
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
