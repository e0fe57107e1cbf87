package io.waltally.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.embedded.process.EmbeddedServerException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgresServerIT {
    @Test
    void aCommittedRowSurvivesAKillOfTheServer() throws Exception {
        try (PostgresServer server = PostgresServer.start(ServerOptions.ephemeral())) {
            Probe.execute(server.address(), "CREATE TABLE kept (id int)");
            Probe.execute(server.address(), "INSERT INTO kept VALUES (7)");
            server.kill();
            assertThat(server.isRunning()).isFalse();
            server.restart();
            assertThat(Probe.query(server.address(), PostgresAddress.S3_DATABASE, "SELECT id FROM kept"))
                    .isEqualTo("7");
        }
    }

    @Test
    void aDataDirectoryOutlivesItsServer(@TempDir Path directory) throws Exception {
        try (PostgresServer server = PostgresServer.start(ServerOptions.in(directory))) {
            Probe.execute(server.address(), "CREATE TABLE kept AS SELECT 7 AS id");
            assertThat(Probe.query(server.address(), "postgres", "SHOW fsync")).isEqualTo("on");
        }
        try (PostgresServer server = PostgresServer.start(ServerOptions.in(directory))) {
            assertThat(Probe.query(server.address(), PostgresAddress.S3_DATABASE, "SELECT id FROM kept"))
                    .isEqualTo("7");
        }
    }

    @Test
    void anotherVersionsDataDirectoryIsNotTouched(@TempDir Path directory) throws Exception {
        Path cluster = Files.createDirectory(directory.resolve("cluster"));
        Files.writeString(cluster.resolve("PG_VERSION"), "17\n");
        assertThatThrownBy(() -> PostgresServer.start(ServerOptions.in(directory)))
                .isInstanceOf(EmbeddedServerException.class)
                .hasMessageContaining("PostgreSQL 17");
    }
}
