package io.waltally.sinks.outbox;

import static io.waltally.sinks.SinkFixture.waitFor;
import static io.waltally.sinks.outbox.OutboxSinks.event;
import static io.waltally.sinks.outbox.OutboxSinks.waitForState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.waltally.embedded.PostgresAddress;
import io.waltally.embedded.PostgresServer;
import io.waltally.embedded.ServerOptions;
import io.waltally.sinks.SinkFixture;
import io.waltally.sinks.engine.SinkRunner;
import io.waltally.sinks.engine.SinkStatus.State;
import io.waltally.sinks.jdbc.SinkLogin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Targets that cannot be written for a while, or not at all: a sink says why, and continues without loss. */
class BadTargetsIT {
    @RegisterExtension
    private final SinkFixture fixture = new SinkFixture();

    @TempDir
    private Path directory;

    private OutboxSinks sinks;
    private PostgresServer server;

    @BeforeEach
    void startServer() throws SQLException {
        sinks = new OutboxSinks(fixture);
        server = fixture.closing(PostgresServer.start(ServerOptions.in(directory.resolve("target"))));
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
    void aSinkWhoseServerIsDownAtTheStartKnowsWhatWaits() throws Exception {
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
    void aLockOfAnotherSessionIsWaitedForNoLongerThanTheTimeout() throws Exception {
        SinkRunner runner = sinks.start(login(server));
        waitForState(runner, State.RUNNING);
        try (Connection other = connect(server);
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("LOCK TABLE public.notification_outbox");
            sinks.write(true, Stream.of(event(1)));
            waitForState(runner, State.WAITING);
            assertThat(reason(runner)).contains("lock timeout").contains("55P03");
            other.rollback();
        }
        waitFor("the row", () -> count(server) == 1);
    }

    @Test
    void aDiskThatIsFullIsWaitedForWhileAnotherSinkGoesOn() throws Exception {
        Path mount = Files.createDirectory(directory.resolve("small"));
        assumeTrue(mount(mount, "size=256k"), "mounting a small file system needs root, or sudo without a password");
        try {
            execute(server, "CREATE TABLESPACE small LOCATION '" + mount + "'");
            execute(server, "ALTER TABLE public.notification_outbox SET TABLESPACE small");
            Pair running = startBoth();
            sinks.write(true, IntStream.range(0, 4_000).mapToObj(OutboxSinks::event));
            awaitFailure(running, rowsOf(4_000), "No space left on device (SQL state 53100)");
            assertThat(mount(mount, "remount,size=64m")).isTrue();
            awaitRecovery(running, rowsOf(4_000));
        } finally {
            server.close();
            run(List.of("umount", mount.toString()));
        }
    }

    private static boolean mount(Path directory, String options) throws Exception {
        String owned = options + ",mode=700,uid=" + Files.getAttribute(directory, "unix:uid");
        return run(List.of("mount", "-t", "tmpfs", "-o", owned, "tmpfs", directory.toString()));
    }

    /** As root, or by sudo. */
    private static boolean run(List<String> command) throws Exception {
        List<String> bySudo = new ArrayList<>(List.of("sudo", "-n"));
        bySudo.addAll(command);
        for (List<String> each : List.of(command, bySudo)) {
            try {
                Process process = new ProcessBuilder(each)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
                if (process.waitFor() == 0) {
                    return true;
                }
            } catch (IOException e) {
                // There is no such program.
            }
        }
        return false;
    }

    @Test
    void aDeadlockThatCancelsTheSinkIsTriedAgainWhileAnotherSinkGoesOn() throws Exception {
        // The sink holds the table for a while before it advances its positions.
        execute(server, """
                CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql
                AS 'BEGIN PERFORM pg_sleep(1.5); RETURN NULL; END'
                """);
        Pair running = startBoth();
        execute(
                server,
                "CREATE TRIGGER slow AFTER INSERT ON public.notification_outbox EXECUTE FUNCTION public.slow()");
        try (Connection other = connect(server);
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            // So that the sink is the victim.
            statement.execute("SET LOCAL deadlock_timeout = '60s'");
            statement.execute("UPDATE waltally.sink_positions SET updated_at = now()");
            sinks.write(true, Stream.of(event(1)));
            waitFor("a lock of the sink", () -> isLocked(statement));
            statement.execute("LOCK TABLE public.notification_outbox");
            awaitFailure(running, 1, "deadlock detected (SQL state 40P01)");
            other.rollback();
        }
        execute(server, "DROP TRIGGER slow ON public.notification_outbox");
        awaitRecovery(running, 1);
    }

    private static boolean isLocked(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT EXISTS (SELECT FROM pg_locks WHERE granted"
                + " AND relation = 'public.notification_outbox'::regclass AND mode = 'RowExclusiveLock')")) {
            row.next();
            return row.getBoolean(1);
        }
    }

    @Test
    void aStandbyIsToldAndWrittenOnceItIsPromotedWhileAnotherSinkGoesOn() throws Exception {
        Pair running = startBoth();
        sinks.write(true, Stream.of(event(1)));
        waitFor("a row", () -> count(server) == 1);
        server.kill();
        Files.createFile(directory.resolve("target").resolve("cluster").resolve("standby.signal"));
        server.restart();
        sinks.write(true, Stream.of(event(2)));
        awaitFailure(running, 2, "(SQL state 25006); a standby cannot be written: give the address of the primary");
        execute(server, "SELECT pg_promote()");
        awaitRecovery(running, 2);
    }

    /** @param other writes to a server that nothing is wrong with */
    private record Pair(SinkRunner bad, SinkRunner other) {}

    private Pair startBoth() throws Exception {
        Pair running = new Pair(sinks.start(login(server)), sinks.start("other", fixture.login()));
        waitForState(running.bad(), State.RUNNING);
        waitForState(running.other(), State.RUNNING);
        return running;
    }

    private void awaitFailure(Pair running, long rows, String reason) throws Exception {
        waitFor("the reason " + reason, () -> reason(running.bad()).endsWith(reason));
        assertThat(running.bad().status().state()).isEqualTo(State.WAITING);
        waitFor("all rows of the other sink", () -> otherRows() == rows);
        assertThat(running.other().status().state()).isEqualTo(State.RUNNING);
        waitFor("a lag", () -> running.bad().status().lag() > 0);
    }

    private void awaitRecovery(Pair running, long rows) throws Exception {
        waitFor("all rows", () -> count(server) == rows);
        waitForState(running.bad(), State.RUNNING);
        assertThat(running.bad().status().reason()).isEmpty();
    }

    private long otherRows() throws SQLException {
        return Long.parseLong(fixture.strings("SELECT count(*) FROM public.notification_outbox")
                .get(0));
    }

    /** Of events from 0 on: every third is for two endpoints. */
    private static long rowsOf(int events) {
        return events + (events + 2L) / 3;
    }

    @Test
    void aDatabaseOrRoleThatDoesNotExistIsTold() throws Exception {
        SinkLogin known = login(server);
        for (SinkLogin wrong : List.of(
                new SinkLogin(server.address().jdbcUrl("lake"), known.user(), ""),
                new SinkLogin(known.url(), "nobody", ""))) {
            SinkRunner runner = sinks.start(wrong);
            waitForState(runner, State.FAILED);
            assertThat(reason(runner)).contains("does not exist").startsWith(wrong.address());
            runner.close();
        }
    }

    @Test
    void aPrivilegeThatIsMissingIsToldAndGrantedWithoutARestart() throws Exception {
        execute(server, "CREATE ROLE writer LOGIN");
        execute(server, "GRANT CREATE ON DATABASE " + PostgresAddress.S3_DATABASE + " TO writer");
        SinkRunner runner = sinks.start(new SinkLogin(login(server).url(), "writer", ""));
        waitForState(runner, State.RUNNING);
        sinks.write(true, Stream.of(event(1)));
        waitForState(runner, State.FAILED);
        assertThat(reason(runner))
                .contains("permission denied for table notification_outbox")
                .contains("grant it to role writer");
        assertStaysFailed(runner);
        execute(server, "GRANT INSERT ON public.notification_outbox TO writer");
        execute(server, "GRANT USAGE ON SEQUENCE public.notification_outbox_id_seq TO writer");
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
        while (runner.status().retries() < retries + 3) {
            assertThat(runner.status().state())
                    .as("between attempts, and in them")
                    .isEqualTo(State.FAILED);
        }
    }
}
