package io.waltally.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgresServerIT {
    @Test
    void bothDatabasesDecodeTheirWalLogically() throws Exception {
        try (PostgresServer server = PostgresServer.start(ServerOptions.ephemeral())) {
            for (String database : new String[] {PostgresAddress.S3_DATABASE, PostgresAddress.SYNC_DATABASE}) {
                assertThat(query(
                                server,
                                database,
                                "SELECT slot_name FROM pg_create_logical_replication_slot('slot_" + database
                                        + "', 'pgoutput')"))
                        .isEqualTo("slot_" + database);
            }
            assertThat(query(server, "postgres", "SHOW synchronous_commit")).isEqualTo("on");
            assertThat(query(server, "postgres", "SHOW server_version")).startsWith("18");
        }
    }

    @Test
    void aCommittedRowSurvivesAKillOfTheServer() throws Exception {
        try (PostgresServer server = PostgresServer.start(ServerOptions.ephemeral())) {
            execute(server, "CREATE TABLE kept (id int)");
            execute(server, "INSERT INTO kept VALUES (7)");
            server.kill();
            assertThat(server.isRunning()).isFalse();
            server.restart();
            assertThat(query(server, PostgresAddress.S3_DATABASE, "SELECT id FROM kept"))
                    .isEqualTo("7");
        }
    }

    @Test
    void aDataDirectoryOutlivesItsServer(@TempDir Path directory) throws Exception {
        try (PostgresServer server = PostgresServer.start(ServerOptions.in(directory))) {
            execute(server, "CREATE TABLE kept AS SELECT 7 AS id");
            assertThat(query(server, "postgres", "SHOW fsync")).isEqualTo("on");
        }
        try (PostgresServer server = PostgresServer.start(ServerOptions.in(directory))) {
            assertThat(query(server, PostgresAddress.S3_DATABASE, "SELECT id FROM kept"))
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

    @Test
    void aTakenPortIsNamed() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(
                            () -> PostgresServer.start(ServerOptions.ephemeral().onPort(other.getLocalPort())))
                    .isInstanceOf(PortInUseException.class)
                    .hasMessageContaining("port " + other.getLocalPort() + " for PostgreSQL is in use");
        }
    }

    private static void execute(PostgresServer server, String sql) throws SQLException {
        try (Connection connection = connect(server, PostgresAddress.S3_DATABASE);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String query(PostgresServer server, String database, String sql) throws SQLException {
        try (Connection connection = connect(server, database);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getString(1);
        }
    }

    private static Connection connect(PostgresServer server, String database) throws SQLException {
        return DriverManager.getConnection(
                server.address().jdbcUrl(database), server.address().user(), "");
    }
}
