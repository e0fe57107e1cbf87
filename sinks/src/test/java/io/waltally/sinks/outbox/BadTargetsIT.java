package io.waltally.sinks.outbox;

import static io.waltally.sinks.SinkFixture.waitFor;
import static io.waltally.sinks.outbox.OutboxSinks.event;
import static io.waltally.sinks.outbox.OutboxSinks.waitForState;
import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.embedded.PostgresAddress;
import io.waltally.embedded.PostgresServer;
import io.waltally.embedded.ServerOptions;
import io.waltally.sinks.SinkFixture;
import io.waltally.sinks.engine.SinkRunner;
import io.waltally.sinks.engine.SinkStatus.State;
import io.waltally.sinks.jdbc.SinkLogin;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Checks the status of a sink whose target cannot be written for a while, or not at all. TargetFaultsIT has every fault. */
class BadTargetsIT {
    @RegisterExtension
    private final SinkFixture fixture = new SinkFixture();

    private OutboxSinks sinks;
    private PostgresServer server;

    @BeforeEach
    void startServer() throws SQLException {
        sinks = new OutboxSinks(fixture);
        server = fixture.closing(PostgresServer.start(ServerOptions.ephemeral()));
        execute(
                server,
                "CREATE TABLE public.notification_outbox (id bigserial PRIMARY KEY, event_type text NOT NULL,"
                        + " payload jsonb NOT NULL, endpoint_url text NOT NULL, created_at timestamptz NOT NULL DEFAULT now())");
    }

    private static SinkLogin login(PostgresServer server) {
        return new SinkLogin(server.address().jdbcUrl(PostgresAddress.S3_DATABASE), PostgresServer.USER, "");
    }

    private static Connection connect(PostgresServer server) throws SQLException {
        return DriverManager.getConnection(login(server).url(), PostgresServer.USER, "");
    }

    private static void execute(PostgresServer server, String sql) throws SQLException {
        try (Connection connection = connect(server);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static long count(PostgresServer server) throws SQLException {
        try (Connection connection = connect(server);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM public.notification_outbox")) {
            row.next();
            return row.getLong(1);
        }
    }

    private static String reason(SinkRunner runner) {
        return runner.status().reason().orElse("");
    }

    @Test
    void aServerThatIsDownIsWaitedFor() throws Exception {
        SinkRunner runner = sinks.start(login(server));
        waitForState(runner, State.RUNNING);
        sinks.write(true, Stream.of(event(1)));
        waitFor("a row", () -> count(server) == 1);

        server.kill();
        sinks.write(true, IntStream.range(2, 6).mapToObj(OutboxSinks::event));
        waitForState(runner, State.WAITING);
        assertThat(reason(runner)).contains("127.0.0.1:" + server.address().port());
        waitFor("a lag of four records", () -> runner.status().lag() >= 4);
        sinks.write(true, IntStream.range(6, 10).mapToObj(OutboxSinks::event));
        waitFor("a lag that grows", () -> runner.status().lag() >= 8);
        Duration lagTime = runner.status().lagTime();
        assertThat(lagTime).isPositive();
        waitFor("a lag time that grows", () -> runner.status().lagTime().compareTo(lagTime.plusMillis(200)) > 0);

        server.restart();
        waitFor("all rows", () -> count(server) == 12);
        waitForState(runner, State.RUNNING);
        assertThat(runner.status().reason()).isEmpty();
        waitFor("no lag", () -> runner.status().lag() == 0);
        assertThat(runner.status().lagTime()).isZero();
    }

    @Test
    void sinkReportsItsBacklogWhileTheServerIsDown() throws Exception {
        SinkRunner before = sinks.start(login(server));
        waitForState(before, State.RUNNING);
        sinks.write(true, Stream.of(event(1)));
        waitFor("a row", () -> count(server) == 1);
        before.close();
        server.kill();
        Instant written = Instant.now();
        sinks.write(true, IntStream.range(2, 6).mapToObj(OutboxSinks::event));

        SinkRunner runner = sinks.start(login(server));
        waitFor("a lag of four records", () -> runner.status().lag() >= 4);
        assertThat(runner.status().lagTime())
                .as("since the process before wrote")
                .isGreaterThanOrEqualTo(Duration.between(written, Instant.now()));
        waitForState(runner, State.WAITING);
        assertThat(runner.status().lag()).isGreaterThanOrEqualTo(4);
    }

    @Test
    void aDatabaseOrRoleThatDoesNotExistIsReportedAtOnce() throws Exception {
        SinkLogin known = login(server);
        for (SinkLogin wrong : List.of(
                new SinkLogin(server.address().jdbcUrl("lake"), known.user(), ""),
                new SinkLogin(known.url(), "nobody", ""))) {
            long before = System.nanoTime();
            SinkRunner runner = sinks.start(wrong);
            waitForState(runner, State.FAILED);
            assertThat(Duration.ofNanos(System.nanoTime() - before))
                    .as("without the ten seconds for which the pool of connections tries again")
                    .isLessThan(Duration.ofSeconds(8));
            assertThat(reason(runner)).contains("does not exist").startsWith(wrong.address());
            runner.close();
        }
    }

    @Test
    void aMissingPrivilegeIsReportedAndGrantedWithoutARestart() throws Exception {
        execute(server, "CREATE ROLE writer LOGIN");
        execute(server, "GRANT CREATE ON DATABASE " + PostgresAddress.S3_DATABASE + " TO writer");
        SinkRunner runner = sinks.start(new SinkLogin(login(server).url(), "writer", ""));
        waitForState(runner, State.FAILED);
        assertThat(reason(runner)).contains("GRANT INSERT ON public.notification_outbox TO writer");
        execute(server, "GRANT INSERT ON public.notification_outbox TO writer");
        waitFor("the next privilege", () -> reason(runner).contains("GRANT USAGE ON SEQUENCE"));
        execute(server, "GRANT USAGE ON SEQUENCE public.notification_outbox_id_seq TO writer");
        waitForState(runner, State.RUNNING);
        // And when it is taken away
        execute(server, "REVOKE INSERT ON public.notification_outbox FROM writer");
        sinks.write(true, Stream.of(event(1)));
        waitForState(runner, State.FAILED);
        assertStaysFailed(runner);
        execute(server, "GRANT INSERT ON public.notification_outbox TO writer");
        waitFor("the row", () -> count(server) == 1);
    }

    /** An attempt has partitions for a while before it writes and fails: longer than a poll, so that one finds nothing. */
    private void assertStaysFailed(SinkRunner runner) throws SQLException {
        execute(server, """
                CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql
                AS 'BEGIN PERFORM pg_sleep(0.7); RETURN NULL; END'
                """);
        execute(server, "CREATE TRIGGER slow BEFORE INSERT ON waltally.sink_positions EXECUTE FUNCTION public.slow()");
        long retries = runner.status().retries();
        while (runner.status().retries() < retries + 2) {
            assertThat(runner.status().state())
                    .as("between attempts, and in them")
                    .isEqualTo(State.FAILED);
        }
    }
}
