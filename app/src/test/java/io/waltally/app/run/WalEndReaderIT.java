package io.waltally.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.config.Account;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.config.value.Secret;
import io.waltally.app.status.SourceConnections;
import io.waltally.embedded.PostgresAddress;
import io.waltally.embedded.PostgresServer;
import io.waltally.embedded.ServerOptions;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class WalEndReaderIT {
    private static PostgresServer server;
    private static SourceSettings source;

    @BeforeAll
    static void startServer() {
        server = PostgresServer.start(ServerOptions.ephemeral());
        PostgresAddress address = server.address();
        Account account = new Account(address.user(), new Secret(""));
        source = new SourceSettings(
                Source.SYNC,
                address.jdbcUrl("postgres"),
                account,
                "slot",
                "publication",
                List.of("bsos"),
                false,
                account,
                Optional.empty());
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    /** A position that was read after the last answer is not taken for one that the server does not have. */
    @Test
    void walEndIsNotOlderThanTheRequest() throws SQLException {
        WalEndReader ends = new WalEndReader(Map.of(Source.SYNC, source));
        await(ends, System.nanoTime());
        for (int i = 0; i < 3; i++) {
            Lsn position = positionAfterWriting();
            assertThat(await(ends, System.nanoTime())).isGreaterThanOrEqualTo(position);
        }
    }

    @Test
    void callsSinceTheSameInstantShareOneQuery() {
        WalEndReader ends = new WalEndReader(Map.of(Source.SYNC, source));
        long since = System.nanoTime();
        Lsn end = await(ends, since);
        assertThat(ends.after(since, Source.SYNC)).contains(end);
    }

    @Test
    void unavailableServerHasNoWalEndUntilItRestarts() {
        WalEndReader ends = new WalEndReader(Map.of(Source.SYNC, source));
        server.stop();
        try {
            assertThat(ends.after(System.nanoTime(), Source.SYNC)).isEmpty();
        } finally {
            server.restart();
        }
        assertThat(ends.after(System.nanoTime(), Source.S3))
                .as("not configured")
                .isEmpty();
        await(ends, System.nanoTime());
    }

    private static Lsn await(WalEndReader ends, long since) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        Optional<Lsn> end;
        do {
            assertThat(System.nanoTime()).isLessThan(deadline);
            end = ends.after(since, Source.SYNC);
        } while (end.isEmpty());
        return end.get();
    }

    private static Lsn positionAfterWriting() throws SQLException {
        try (Connection connection = SourceConnections.open(source);
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_logical_emit_message(true, 'test', 'written')");
            try (ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()::text")) {
                row.next();
                return Lsn.parse(row.getString(1));
            }
        }
    }
}
