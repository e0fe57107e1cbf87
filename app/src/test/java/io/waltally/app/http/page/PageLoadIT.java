package io.waltally.app.http.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import io.waltally.app.config.Configuration;
import io.waltally.app.fixture.FewPartitions;
import io.waltally.app.fixture.InstanceApi;
import io.waltally.app.fixture.Wait;
import io.waltally.app.run.Instance;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.role.RoleName;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.PostgresAddress;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The page in a browser for ten minutes, with 100,000 buckets, and 5,000 notifications a second: its frames and its
 * memory. {@code -Dwaltally.page.minutes=N} makes it shorter. The report of the test has the figures.
 */
@Tag("benchmark")
class PageLoadIT {
    private static final int BUCKETS = 100_000;
    private static final int ROWS_PER_SECOND = 5_000;
    private static final int ROWS_PER_TRANSACTION = 250;
    private static final int MINUTES = Integer.getInteger("waltally.page.minutes", 10);
    private static final Duration TIMEOUT = Duration.ofMinutes(5);
    private static final long MEBIBYTE = 1L << 20;
    private static final int WIDTH = 1280;
    private static final int HEIGHT = 860;

    /** Shown in turns, for a quarter of a minute each. */
    private static final List<String> VIEWS = List.of("notifications", "buckets", "transactions", "");

    private static final double VIEW_MILLIS = 15_000;

    @TempDir
    private Path directory;

    private final AtomicLong written = new AtomicLong();
    private volatile boolean stopped;

    @Test
    void tenMinutesOfManyNotificationsNeitherFreezeItNorFillItsMemory() throws Exception {
        Path executable = Browser.ofThisMachine();
        PlaywrightAssertions.setDefaultAssertionTimeout((double) TIMEOUT.toMillis());
        try (Browser browser = new Browser(executable);
                Infrastructure servers = Infrastructure.forTests()) {
            Map<String, String> values = FewPartitions.configuration(servers);
            values.put("http.port", "0");
            values.put("streams.state-directory", directory.toString());
            Configuration configuration = Configuration.from(values);
            configuration.sources().values().forEach(Migrations::migrate);
            try (Instance instance = Instance.start(configuration, EnumSet.allOf(RoleName.class), new StopSignal())
                            .orElseThrow();
                    Connection connection = connect(servers)) {
                try (Statement statement = connection.createStatement()) {
                    statement.executeUpdate(
                            "INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('backend', 0)");
                }
                write(connection, 0, BUCKETS);
                awaitApplied(instance, connection);
                CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> writeSteadily(servers));
                try (Page page = browser.page(ColorScheme.LIGHT, WIDTH, HEIGHT)) {
                    page.navigate(instance.uri() + "/#/notifications");
                    assertThat(page.getByText("Live", new Page.GetByTextOptions().setExact(true)))
                            .isVisible();
                    watch(page, writer);
                }
                stopped = true;
                writer.join();
                long ended = System.nanoTime();
                awaitApplied(instance, connection);
                System.out.printf(
                        Locale.ROOT,
                        "%,d rows written, all in the tallies %.1f s later%n",
                        written.get(),
                        (System.nanoTime() - ended) / 1e9);
            }
            assertThat(browser.complaints()).isEmpty();
        }
    }

    private static Connection connect(Infrastructure servers) throws SQLException {
        return DriverManager.getConnection(
                servers.jdbcUrl(PostgresAddress.S3_DATABASE), servers.postgres().user(), "");
    }

    /** New objects, each in the next bucket. */
    private static void write(Connection connection, long from, int rows) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("INSERT INTO object_locations (object_key, backend_name, size_bytes)"
                    + " SELECT 'bucket-' || lpad((n %% %d)::text, 6, '0') || '/' || n, 'backend', 1 FROM generate_series(%d, %d) n"
                            .formatted(BUCKETS, from, from + rows - 1));
        }
    }

    private void writeSteadily(Infrastructure servers) {
        try (Connection connection = connect(servers)) {
            long began = System.nanoTime();
            while (!stopped) {
                long rows = written.getAndAdd(ROWS_PER_TRANSACTION);
                LockSupport.parkNanos(began + rows * 1_000_000_000L / ROWS_PER_SECOND - System.nanoTime());
                write(connection, BUCKETS + rows, ROWS_PER_TRANSACTION);
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static void awaitApplied(Instance instance, Connection connection) throws SQLException {
        Lsn end;
        try (Statement statement = connection.createStatement();
                ResultSet lsn = statement.executeQuery("SELECT pg_current_wal_lsn()")) {
            lsn.next();
            end = Lsn.parse(lsn.getString(1));
        }
        Wait.until(
                TIMEOUT,
                () -> "the tallies hold nothing up to " + end,
                () -> instance.published(Source.S3)
                        .filter(asOf -> asOf.lsn().compareTo(end) >= 0)
                        .isPresent());
        InstanceApi.await(
                instance,
                "/api/buckets?limit=1&prefix=bucket-099999",
                TIMEOUT,
                json -> !json.path("items").isEmpty());
    }

    private static void watch(Page page, CompletableFuture<Void> writer) {
        CDPSession session = page.context().newCDPSession(page);
        FrameTimes frames = FrameTimes.of(page);
        long first = 0;
        for (int minute = 1; minute <= MINUTES; minute++) {
            for (String view : VIEWS) {
                page.evaluate("view => { location.hash = '#/' + view; }", view);
                page.waitForTimeout(VIEW_MILLIS);
                assertThat(writer).as("writes at the rate").isNotDone();
            }
            long heap = heap(session);
            first = minute == 1 ? heap : first;
            System.out.printf(
                    Locale.ROOT,
                    "minute %2d: frames after %d ms (median), %d (p95), %d (p99), %d (most); heap %.1f MiB%n",
                    minute,
                    frames.quantile(0.5),
                    frames.quantile(0.95),
                    frames.quantile(0.99),
                    frames.quantile(1),
                    heap / (double) MEBIBYTE);
            assertThat(frames.quantile(0.5)).isLessThan(50);
            assertThat(frames.quantile(0.99)).isLessThan(500);
            assertThat(heap).isLessThan(first + 20 * MEBIBYTE);
            frames.reset();
        }
    }

    /** Bytes in use after a collection. */
    private static long heap(CDPSession session) {
        session.send("HeapProfiler.collectGarbage");
        JsonObject usage = session.send("Runtime.getHeapUsage");
        return usage.get("usedSize").getAsLong();
    }
}
