package io.waltally.app.http.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.TimeoutError;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import io.waltally.app.config.Configuration;
import io.waltally.app.http.ApiFixture;
import io.waltally.app.http.FakeDeadLetters;
import io.waltally.app.http.FakeTallies;
import io.waltally.app.local.LocalServers;
import io.waltally.app.run.Instance;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.Topics;
import io.waltally.app.run.role.RoleName;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.PostgresAddress;
import io.waltally.embedded.process.Ports;
import io.waltally.schemas.agg.BackendKey;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The page in a real browser, on a real pipeline. Skipped where there is no Chromium, unless one is required. */
class PageIT {
    private static final double SHOWN_MILLIS = 3_000;
    private static final double TIMEOUT_MILLIS = 90_000;
    private static final int WIDTH = 1280;
    private static final int PHONE = 390;
    private static final int HEIGHT = 860;
    private static final String HOSTILE =
            "\"><img src=x onerror=\"window.hacked=1\"><script>window.hacked=1</script>\u202Egnp.'&amp;${7*7}{{7*7}}";

    private static final long BEYOND = (1L << 53) + 1;

    private static final List<String> VIEWS = List.of(
            "", "backends", "buckets", "users", "transactions", "notifications", "webhooks", "sinks", "dead-letters");

    @TempDir
    private static Path directory;

    private static Infrastructure servers;
    private static Instance instance;
    private static Browser browser;

    @BeforeAll
    static void start() {
        Path executable = Browser.ofThisMachine();
        PlaywrightAssertions.setDefaultAssertionTimeout(TIMEOUT_MILLIS);
        browser = new Browser(executable);
        servers = Infrastructure.forTests();
        Map<String, String> values = LocalServers.configuration(servers);
        values.put("http.port", "0");
        values.put("topics.partitions", "2");
        values.put("streams.state-directory", directory.toString());
        values.put("webhooks.endpoints[0].name", "hooks");
        values.put("webhooks.endpoints[0].url", "http://127.0.0.1:9/hooks");
        values.put("webhooks.endpoints[0].allow-http", "true");
        values.put("webhooks.endpoints[0].secrets", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        values.put("sinks[0].name", "quotas");
        values.put("sinks[0].type", "backend-quotas");
        Configuration configuration = Configuration.from(values);
        configuration.sources().values().forEach(source -> Migrations.migrate(source, configuration.sinks()));
        anEarlierTally(configuration);
        instance = Instance.start(configuration, EnumSet.allOf(RoleName.class), new StopSignal())
                .orElseThrow();
    }

    /** As another instance left it two hours ago. */
    private static void anEarlierTally(Configuration configuration) {
        TopicCatalogue topics = configuration.catalogue();
        Topics.create(configuration, topics);
        Topic<BackendKey, BackendQuota> quotas = topics.backendQuotas();
        try (Producer<BackendKey, BackendQuota> producer = new KafkaProducer<>(
                Map.copyOf(configuration.kafka().properties()),
                quotas.keySerde().serializer(),
                quotas.valueSerde().serializer())) {
            long then = System.currentTimeMillis() - Duration.ofHours(2).toMillis();
            var unused = producer.send(
                    new ProducerRecord<>(quotas.name(), 0, then, new BackendKey("before"), FakeTallies.quota(0)));
        }
    }

    @AfterAll
    static void stop() {
        if (browser != null) {
            browser.close();
        }
        if (instance != null) {
            instance.close();
        }
        if (servers != null) {
            servers.close();
        }
    }

    @AfterEach
    void nothingIsComplainedOf() {
        assertThat(browser.complaints())
                .as("errors of scripts, and of the Content-Security-Policy")
                .isEmpty();
    }

    private static String url() {
        return instance.uri() + "/";
    }

    private static Page open(String view, ColorScheme scheme, int width) {
        Page page = browser.page(scheme, width, HEIGHT);
        page.navigate(url() + "#/" + view);
        assertThat(page.getByText("Live", new Page.GetByTextOptions().setExact(true)))
                .isVisible();
        return page;
    }

    private static boolean isShown(Locator element) {
        try {
            element.first().waitFor(new Locator.WaitForOptions().setTimeout(SHOWN_MILLIS));
            return true;
        } catch (TimeoutError e) {
            return false;
        }
    }

    private static void execute(String database, String sql, Object... values) throws SQLException {
        try (Connection connection = DriverManager.getConnection(
                        servers.jdbcUrl(database), servers.postgres().user(), "");
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            statement.executeUpdate();
        }
    }

    private static void quota(String backend, long limit) throws SQLException {
        execute(
                PostgresAddress.S3_DATABASE,
                "INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES (?, ?)"
                        + " ON CONFLICT (backend_name) DO UPDATE SET bytes_limit = excluded.bytes_limit",
                backend,
                limit);
    }

    private static void put(String key, String backend, long size) throws SQLException {
        execute(
                PostgresAddress.S3_DATABASE,
                "INSERT INTO object_locations (object_key, backend_name, size_bytes) VALUES (?, ?, ?)",
                key,
                backend,
                size);
    }

    private static void putRecord(long user, String id) throws SQLException {
        execute(
                PostgresAddress.SYNC_DATABASE,
                "WITH collection AS (INSERT INTO user_collections (user_id, collection_id, modified) VALUES (?, 1, now())"
                        + " RETURNING user_id) INSERT INTO bsos SELECT user_id, 1, ?, 1, '', now(), 'infinity'"
                        + " FROM collection",
                user,
                id);
    }

    @Test
    void whatIsCommittedIsShownWithinASecond() throws Exception {
        quota("fast", 1L << 30);
        try (Page page = open("backends", ColorScheme.LIGHT, WIDTH)) {
            Locator row = page.getByRole(AriaRole.ROW).filter(new Locator.FilterOptions().setHasText("fast"));
            assertThat(row).containsText("1.00 GiB");
            // Other tests load the machine for a while.
            List<Duration> took = new ArrayList<>();
            int rows = 0;
            do {
                if (rows >= 5) {
                    took.remove(0);
                }
                rows++;
                long begin = System.nanoTime();
                put("live/" + rows, "fast", 1L << 20);
                assertThat(row.locator("td").nth(2)).hasText(rows + ".00 MiB");
                took.add(Duration.ofNanos(System.nanoTime() - begin));
            } while (rows < 5 || (median(took).compareTo(Duration.ofSeconds(1)) >= 0 && rows < 40));
            assertThat(median(took)).as("the median of %s", took).isLessThan(Duration.ofSeconds(1));
            row.getByRole(AriaRole.LINK).click();
            assertThat(page.locator(".detail")).containsText("Last change: transaction");
            assertThat(row.locator("data").first())
                    .hasAttribute("title", String.format(Locale.ROOT, "%,d bytes", rows * (1L << 20)));
        }
    }

    private static Duration median(List<Duration> durations) {
        return durations.stream().sorted().toList().get(durations.size() / 2);
    }

    @Test
    void theHistoryOfABackendBeginsWithWhatItsTopicHas() {
        try (Page page = open("backends/before", ColorScheme.LIGHT, WIDTH)) {
            assertThat(page.getByLabel("Storage of before, last day")).isVisible();
            assertThat(((Number) page.evaluate(
                                    "() => fetch('api/history/backend?name=before').then((answer) => answer.json())"
                                            + ".then((history) => history.items.length)"))
                            .intValue())
                    .isBetween(110, 150);
        }
    }

    @Test
    void whatAUserStoresIsShownWithinASecond() throws Exception {
        long user = 8181;
        try (Page page = open("users", ColorScheme.LIGHT, WIDTH)) {
            Locator link = page.getByRole(
                    AriaRole.LINK, new Page.GetByRoleOptions().setName("8181").setExact(true));
            putRecord(user, "first");
            link.click();
            Locator records = page.locator("tr", new Page.LocatorOptions().setHas(link))
                    .locator("td")
                    .nth(2);
            Locator collection = page.locator(".detail tbody tr");
            assertThat(collection).containsText("clients");
            List<Duration> took = new ArrayList<>();
            for (int i = 2; i <= 4; i++) {
                long begin = System.nanoTime();
                execute(
                        PostgresAddress.SYNC_DATABASE,
                        "INSERT INTO bsos VALUES (?, 1, ?, 1, '', now(), 'infinity')",
                        user,
                        "record-" + i);
                assertThat(records).hasText(Integer.toString(i));
                assertThat(collection.locator("td").nth(1)).hasText(Integer.toString(i));
                took.add(Duration.ofNanos(System.nanoTime() - begin));
            }
            Collections.sort(took);
            assertThat(took.get(1)).as("the median of %s", took).isLessThan(Duration.ofSeconds(1));
            execute(PostgresAddress.SYNC_DATABASE, "DELETE FROM bsos WHERE user_id = ?", user);
            execute(PostgresAddress.SYNC_DATABASE, "DELETE FROM user_collections WHERE user_id = ?", user);
            assertThat(link).hasCount(0);
            assertThat(page.locator(".detail")).containsText("User 8181 has no collection.");
        }
    }

    @Test
    void aTransactionIsShownWithItsRowsAndItsNotification() throws Exception {
        quota("rows", 1L << 30);
        try (Page transactions = open("transactions", ColorScheme.LIGHT, WIDTH);
                Page notifications = open("notifications", ColorScheme.LIGHT, WIDTH)) {
            put("docs/report.pdf", "rows", 12_345);
            Locator row = transactions.locator(".rows li").filter(new Locator.FilterOptions().setHasText("report.pdf"));
            assertThat(row).containsText("insert");
            assertThat(row).containsText("object_locations");
            assertThat(row).containsText("size_bytes 12345");
            Locator event = notifications
                    .getByRole(AriaRole.BUTTON)
                    .filter(new Locator.FilterOptions().setHasText("report.pdf"));
            assertThat(event.first()).containsText("s3:ObjectCreated:Put");
            event.first().click();
            assertThat(notifications.locator("pre")).containsText("\"size\": 12345");
            wholeTransactionsAreShownUnderLoad(transactions);
        }
    }

    /** The first number that a number of JavaScript cannot hold, wherever the page reads one. */
    @Test
    void wholeNumbersBeyondTwoToThe53AreExact() throws Exception {
        try (Page page = open("transactions", ColorScheme.LIGHT, WIDTH)) {
            putRecord(BEYOND, "exact");
            Locator row = page.locator(".rows li").filter(new Locator.FilterOptions().setHasText("exact"));
            // The page shows a sample while the load of another test is read.
            for (int change = 0; change < 20 && !isShown(row); change++) {
                execute(
                        PostgresAddress.SYNC_DATABASE,
                        "UPDATE bsos SET sortindex = ? WHERE user_id = ?",
                        change,
                        BEYOND);
            }
            assertThat(row.first().locator(".key")).containsText("9007199254740993");
        }
        try (ApiFixture api = ApiFixture.streaming(Map.of());
                Page page = browser.page(ColorScheme.LIGHT, WIDTH, HEIGHT)) {
            api.tallies.backends.put("huge", FakeTallies.quota(BEYOND));
            api.produced.next.add(log -> log.append(
                    "notifications",
                    Map.of(
                            "items",
                            List.of(Map.of(
                                    "type", "s3:ObjectCreated:Put",
                                    "time", "2026-11-28T12:00:00Z",
                                    "subject", "\"size\":9007199254740993",
                                    "data", Map.of("sizes", List.of(BEYOND, -BEYOND, 7, 0.25)))),
                            "left_out",
                            0)));
            page.navigate(api.uri() + "/#/notifications");
            Locator event = page.locator(".events li").first();
            assertThat(event.locator(".subject")).hasText("\"size\":9007199254740993");
            event.getByRole(AriaRole.BUTTON).click();
            assertThat(event.locator("pre")).containsText("9007199254740993,\n      -9007199254740993,\n      7,");
            page.evaluate("() => { location.hash = '#/backends/huge'; }");
            assertThat(page.locator("tbody data").first()).hasAttribute("title", "9,007,199,254,740,993 bytes");
            assertThat(page.locator("tbody data").first()).hasText("8.00 PiB");
            page.evaluate("() => { location.hash = '#/dead-letters'; }");
            page.getByText("Content", new Page.GetByTextOptions().setExact(true))
                    .click();
            assertThat(page.locator("pre")).containsText("\"size_bytes\": 9007199254740993");
        }
    }

    @Test
    void backendsAreMarkedFromTheThresholdOfTheInstanceOn() {
        try (ApiFixture api = ApiFixture.streaming(Map.of());
                Page page = browser.page(ColorScheme.LIGHT, WIDTH, HEIGHT)) {
            api.tallies.backends.put("below", FakeTallies.quota(5));
            api.tallies.backends.put("at", FakeTallies.quota(6));
            api.tallies.backends.put("full", FakeTallies.quota(10));
            page.navigate(api.uri() + "/#/backends");
            assertThat(page.locator("tr", new Page.LocatorOptions().setHasText("full"))
                            .locator(".bar"))
                    .hasClass("bar full ");
            Locator at = page.getByRole(AriaRole.ROW).filter(new Locator.FilterOptions().setHasText("60 %"));
            assertThat(at.locator(".bar")).hasClass("bar high ");
            assertThat(at.locator(".warn")).hasText("60 %");
            Locator below = page.getByRole(AriaRole.ROW).filter(new Locator.FilterOptions().setHasText("below"));
            assertThat(below.locator(".bar")).hasClass("bar  ");
            assertThat(below.locator(".warn")).hasCount(0);
        }
    }

    /** Nobody has looked before, and nothing happens while the page is open. */
    @Test
    void whatHappenedBeforeIsThereWhenThePageIsOpenedAndNotTwiceAfterARestart() throws Exception {
        quota("earlier", 1L << 30);
        String object = putAndSee("earlier");
        int port = Ports.anyFree();
        try (Page first = browser.page(ColorScheme.LIGHT, WIDTH, HEIGHT);
                Page second = browser.page(ColorScheme.LIGHT, WIDTH, HEIGHT)) {
            try (Instance quiet = quietInstance(port)) {
                for (Page page : List.of(first, second)) {
                    page.navigate(quiet.uri() + "/#/transactions");
                    isShownOnce(page, object);
                    show(page, "transactions");
                }
            }
            try (Instance restarted = quietInstance(port)) {
                assertThat(restarted.httpPort()).isEqualTo(port);
                for (int i = 0; i < 40 && !isShown(rows(first, "restarted-")); i++) {
                    put("earlier/restarted-" + i, "earlier", 1);
                }
                assertThat(first.getByText("some of the time without a connection may be missing"))
                        .isVisible();
                isShownOnce(first, object);
                isShownOnce(second, object);
            }
        }
    }

    private static Instance quietInstance(int port) {
        Map<String, String> values = quietly();
        values.put("http.port", Integer.toString(port));
        return Instance.start(Configuration.from(values), EnumSet.noneOf(RoleName.class), new StopSignal())
                .orElseThrow();
    }

    private static Locator rows(Page page, String text) {
        return page.locator(".rows li").filter(new Locator.FilterOptions().setHasText(text));
    }

    private static void isShownOnce(Page page, String object) {
        assertThat(rows(page, object)).hasCount(1);
        show(page, "notifications");
        assertThat(page.locator(".events .subject").filter(new Locator.FilterOptions().setHasText(object)))
                .hasCount(1);
    }

    /** Puts an object whose notification is seen: of those of other tests, which may still come, some are left out. */
    private static String putAndSee(String backend) throws SQLException {
        try (Page page = open("notifications", ColorScheme.LIGHT, WIDTH)) {
            for (int i = 1; i <= 180; i++) {
                String object = "unseen-" + i + ".";
                put(backend + "/" + object, backend, 1);
                page.waitForTimeout(500);
                if (page.locator(".events .subject")
                                .filter(new Locator.FilterOptions().setHasText(object))
                                .count()
                        > 0) {
                    return object;
                }
            }
        }
        throw new AssertionError("no notification was seen");
    }

    private static Map<String, String> quietly() {
        Map<String, String> values = LocalServers.configuration(servers);
        values.put("topics.partitions", "2");
        return values;
    }

    @Test
    void ofManyTransactionsItSaysHowManyAreShown() {
        try (ApiFixture api = ApiFixture.streaming(Map.of());
                Page page = browser.page(ColorScheme.LIGHT, WIDTH, HEIGHT)) {
            Map<String, Object> transaction = Map.of(
                    "source", "s3", "committed_at", "2026-11-28T12:00:00Z", "tables", Map.of(), "rows", List.of());
            api.produced.next.add(log -> log.append(
                    "transactions", Map.of("items", Collections.nCopies(50, transaction), "rows_left_out", 0)));
            page.navigate(api.uri() + "/#/transactions");
            assertThat(page.getByText("The latest 40 of 50 are shown.")).isVisible();
            assertThat(page.locator(".transaction")).hasCount(40);
        }
    }

    private static void wholeTransactionsAreShownUnderLoad(Page page) throws SQLException {
        execute(
                PostgresAddress.S3_DATABASE,
                "DO $$ BEGIN FOR i IN 1..1500 LOOP INSERT INTO object_locations (object_key, backend_name, size_bytes)"
                        + " SELECT 'load/' || i || '-' || n, 'rows', 1 FROM generate_series(1, 3) n; COMMIT; END LOOP; END $$");
        Locator whole = page.locator(".transaction").filter(new Locator.FilterOptions().setHasText("load/"));
        assertThat(whole.first()).containsText("3 rows");
        assertThat(page.getByText("A sample of whole transactions")).containsText("rows of others");
        assertThat(whole.filter(new Locator.FilterOptions().setHasNotText("3 rows")))
                .hasCount(0);
    }

    @ParameterizedTest
    @EnumSource(names = {"LIGHT", "DARK"})
    void everyViewIsAccessibleAndFitsAPhone(ColorScheme scheme) throws Exception {
        quota("seed", 1L << 30);
        put("seed/seed-" + scheme, "seed", 1L << 29);
        long user = scheme == ColorScheme.LIGHT ? 71 : 72;
        putRecord(user, "seed");
        try (Page page = open("", scheme, WIDTH)) {
            for (String view : VIEWS) {
                show(page, view);
                assertThat(page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setLevel(1)))
                        .isVisible();
                switch (view) {
                    // The object, or the warning of its backend.
                    case "" ->
                        assertThat(page.locator(".compact.lines li").first()).containsText("seed");
                    case "backends" -> {
                        show(page, "backends/seed");
                        assertThat(page.locator(".detail")).containsText("Last change: transaction");
                    }
                    case "buckets" ->
                        assertThat(page.locator("tbody th").first()).isVisible();
                    case "users" -> {
                        show(page, "users/" + user);
                        assertThat(page.locator(".detail tbody tr")).hasCount(1);
                    }
                    case "transactions" ->
                        assertThat(page.locator(".rows").first()).containsText("seed");
                    case "notifications" -> {
                        page.locator(".events button.line").first().click();
                        assertThat(page.locator("pre")).containsText("\"type\"");
                    }
                    case "webhooks" -> {
                        page.locator(".attempts summary").click();
                        assertThat(page.locator(".attempts li").first()).isVisible();
                    }
                    case "sinks" -> assertThat(page.locator(".panel")).containsText("quotas");
                    default -> assertThat(page.locator("main")).containsText("None is open");
                }
                isAccessibleAndFitsAPhone(page, view + ", " + scheme);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LIGHT", "DARK"})
    void whatOpensIsAccessible(ColorScheme scheme) {
        String secret = "0123456789abcdef";
        try (ApiFixture api = ApiFixture.streaming(Map.of("operate-tokens.operator", secret));
                Page page = browser.page(scheme, WIDTH, HEIGHT)) {
            page.navigate(api.uri() + "/#/dead-letters");
            page.getByLabel("Token").fill("wrong-wrong-wrong");
            page.getByText("Continue").click();
            assertThat(page.getByRole(AriaRole.ALERT)).isVisible();
            isAccessibleAndFitsAPhone(page, "token form, " + scheme);
            page.getByLabel("Token").fill(secret);
            page.keyboard().press("Enter");
            page.getByText("Content", new Page.GetByTextOptions().setExact(true))
                    .click();
            assertThat(page.locator("pre")).isVisible();
            isAccessibleAndFitsAPhone(page, "dead letters, " + scheme);
            page.getByText("Drop …").click();
            assertThat(page.getByRole(AriaRole.DIALOG)).isVisible();
            isAccessibleAndFitsAPhone(page, "dialog, " + scheme);
        }
    }

    @Test
    void attemptsAreReadWithoutAMouse() {
        try (ApiFixture api = ApiFixture.streaming(Map.of());
                Page page = browser.page(ColorScheme.LIGHT, WIDTH, HEIGHT)) {
            JsonNode webhooks = api.get("/api/webhooks").json();
            api.produced.next.add(log -> log.appendState("webhooks", webhooks));
            page.navigate(api.uri() + "/#/webhooks");
            Locator attempts = page.locator(".attempts");
            attempts.locator("summary").press("Enter");
            assertThat(attempts.getByRole(AriaRole.LISTITEM)).hasText(new Pattern[] {
                Pattern.compile(".*HTTP 410 – 20 ms – 7 events"), Pattern.compile(".*no answer within 5s – 5.0 s")
            });
        }
    }

    @Test
    void limitsAndAttemptsHaveTheirExactValuesOnHover() throws Exception {
        try (ApiFixture api = ApiFixture.streaming(Map.of());
                Page page = browser.page(ColorScheme.LIGHT, WIDTH, HEIGHT)) {
            api.tallies.backends.put("b", FakeTallies.quota(6));
            api.tallies.usage.put("2026-11", FakeTallies.used(5));
            JsonNode webhooks = api.get("/api/webhooks").json();
            Object status = slotWithALimit();
            api.produced.next.add(log -> log.appendState("webhooks", webhooks));
            api.produced.next.add(log -> log.appendState("status", status));
            page.navigate(api.uri() + "/#/backends/b");
            assertThat(page.locator(".detail dd small data")).hasAttribute("title", "10 bytes");
            assertThat(page.locator(".detail td small data")).hasAttribute("title", "100");
            show(page, "webhooks");
            assertThat(page.locator(".ticks i").last())
                    .hasAttribute("title", Pattern.compile(".*2026-11-22 12:00:00.*UTC.*"));
            page.locator(".attempts summary").click();
            assertThat(page.locator(".attempts time").first()).hasAttribute("title", "2026-11-22 12:00:00.000 UTC");
            show(page, "");
            assertThat(page.locator(".compact small data")).hasAttribute("title", "10 bytes");
            assertThat(page.locator(".source dd small data")).hasAttribute("title", "1,048,577 bytes");
        }
    }

    private static Object slotWithALimit() {
        ObjectNode status = (ObjectNode) status();
        status.withObject("/sources/s3/slot")
                .put("name", "waltally_s3")
                .put("active", true)
                .put("retained_bytes", 5)
                .put("max_slot_wal_keep_size", (1 << 20) + 1)
                .putNull("safe_wal_size")
                .putNull("seconds_left");
        return status;
    }

    private static void show(Page page, String view) {
        page.evaluate("view => { location.hash = '#/' + view; }", view);
        assertThat(page.locator("nav [aria-current]")).hasAttribute("href", "#/" + view.replaceFirst("/.*", ""));
    }

    private static void isAccessibleAndFitsAPhone(Page page, String what) {
        page.setViewportSize(WIDTH, HEIGHT);
        assertThat(violations(page)).as(what).isEmpty();
        page.setViewportSize(PHONE, HEIGHT);
        assertThat(page.evaluate("() => document.documentElement.scrollWidth"))
                .as("width of %s on a phone", what)
                .isEqualTo(PHONE);
    }

    private static List<String> violations(Page page) {
        // Without frames there is nothing that another page would have to put together.
        return new AxeBuilder(page)
                .setLegacyMode(true).analyze().getViolations().stream()
                        .map(PageIT::text)
                        .toList();
    }

    private static String text(Rule rule) {
        return rule.getId() + ": " + rule.getHelp() + " "
                + rule.getNodes().stream().map(node -> node.getHtml()).collect(Collectors.joining(" | "));
    }

    @Test
    void namesFromOutsideAreTextWhereverTheyAreShown() throws Exception {
        quota(HOSTILE, 1L << 30);
        try (Page transactions = open("transactions", ColorScheme.LIGHT, WIDTH);
                Page notifications = open("notifications", ColorScheme.LIGHT, WIDTH);
                Page others = open("backends", ColorScheme.LIGHT, WIDTH)) {
            String bucket = HOSTILE.replace("/", "");
            put(bucket + "/" + HOSTILE, HOSTILE, 7);
            assertThat(notifications.locator(".events bdi").first()).hasText(HOSTILE);
            assertThat(transactions
                            .locator(".rows .key")
                            .filter(new Locator.FilterOptions().setHasText("img"))
                            .first())
                    .containsText("onerror");
            assertThat(others.locator("tbody bdi").filter(new Locator.FilterOptions().setHasText("img")))
                    .hasText(HOSTILE);
            others.getByRole(AriaRole.LINK)
                    .filter(new Locator.FilterOptions().setHasText("img"))
                    .click();
            assertThat(others.locator(".detail h2")).hasText(HOSTILE);
            others.evaluate("() => { location.hash = '#/buckets'; }");
            assertThat(others.locator("tbody bdi").filter(new Locator.FilterOptions().setHasText("img")))
                    .hasText(bucket);
            show(others, "");
            assertThat(others.locator(".compact bdi").filter(new Locator.FilterOptions().setHasText("img")))
                    .hasText(new String[] {HOSTILE, HOSTILE});
            notifications.locator(".events button.line").first().click();
            assertThat(notifications.locator("pre")).containsText("<img src=x onerror=");
            for (Page page : List.of(transactions, notifications, others)) {
                nothingIsInjected(page, page.url());
            }
        }
    }

    private static void nothingIsInjected(Page page, String where) {
        assertThat(page.evaluate("() => window.hacked")).as(where).isNull();
        assertThat(page.locator("img[src=x], script:not([src]):not([type=importmap])"))
                .hasCount(0);
    }

    @Test
    void contentFromOutsideIsTextWhereverItIsOpened() throws Exception {
        try (ApiFixture api = ApiFixture.streaming(Map.of());
                Page page = browser.page(ColorScheme.LIGHT, WIDTH, HEIGHT)) {
            ObjectNode letter = FakeDeadLetters.letter();
            List.of("id", "topic", "endpoint", "message", "event_type").forEach(name -> letter.put(name, HOSTILE));
            letter.putObject("key").put(HOSTILE, HOSTILE);
            letter.putObject("value").put(HOSTILE, HOSTILE);
            api.deadLetters.add(-1, letter);
            api.tallies.collections.put(1, FakeTallies.collection(HOSTILE, 1));
            api.tallies.storage.put(7L, FakeTallies.stored(1));
            api.tallies.backends.put(HOSTILE, FakeTallies.quota(9));
            JsonNode webhooks = hostile(api.get("/api/webhooks").json());
            JsonNode sinks = hostile(api.get("/api/sinks").json());
            ObjectNode status = (ObjectNode) status();
            status.putArray("reasons").add(HOSTILE);
            status.withObject("/sources/s3")
                    .put("reason", HOSTILE)
                    .putArray("limitations")
                    .addObject()
                    .put("missing", HOSTILE)
                    .put("reason", HOSTILE)
                    .put("consequence", HOSTILE);
            status.withObject("/stages")
                    .putObject(HOSTILE)
                    .put("state", HOSTILE)
                    .put("reason", HOSTILE);
            Map<String, Object> row = Map.of(
                    "table", HOSTILE, "op", HOSTILE, "key", Map.of(HOSTILE, HOSTILE), "after", Map.of("x", HOSTILE));
            Map<String, Object> transaction = Map.of(
                    "source",
                    HOSTILE,
                    "committed_at",
                    HOSTILE,
                    "lsn",
                    HOSTILE,
                    "tables",
                    Map.of(),
                    "rows",
                    List.of(row));
            Map<String, Object> event = Map.of(
                    "type",
                    HOSTILE,
                    "subject",
                    HOSTILE,
                    "time",
                    HOSTILE,
                    "data",
                    Map.of("bucket", HOSTILE, HOSTILE, 1));
            api.produced.next.add(log -> {
                log.appendState("webhooks", webhooks);
                log.appendState("sinks", sinks);
                log.appendState("status", status);
                log.append("transactions", Map.of("items", List.of(transaction), "rows_left_out", 0));
                log.append("notifications", Map.of("items", List.of(event), "left_out", 0));
            });
            page.navigate(api.uri() + "/");
            Map<String, List<String>> places = new LinkedHashMap<>();
            places.put("", List.of(".readiness li", ".source .problem", ".why td", ".compact bdi", ".compact .type"));
            places.put("dead-letters", List.of(".panel h2", ".problem", ".figure dd bdi", "pre"));
            places.put("users/7", List.of(".detail tbody bdi"));
            places.put("webhooks", List.of(".panel h2 bdi", ".panel .problem", ".attempts li"));
            places.put("sinks", List.of(".panel h2 bdi", ".panel .problem"));
            places.put("transactions", List.of(".source-name", ".rows b", ".rows .key", ".rows .column"));
            places.put("notifications", List.of(".events .type", ".events .subject", ".events .where", "pre"));
            places.forEach((view, all) -> {
                show(page, view);
                assertThat(page.locator("main")).containsText("onerror");
                page.locator("details > summary, .events button.line").all().forEach(Locator::click);
                all.forEach(place -> assertThat(page.locator(place).first()).containsText("<img src=x onerror="));
                nothingIsInjected(page, view);
            });
        }
    }

    /** With a hostile text in place of each text that is not a state, a time or an id. */
    private static JsonNode hostile(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.properties().forEach(field -> {
                if (List.of("name", "target", "reason", "destination", "failure")
                        .contains(field.getKey())) {
                    field.setValue(TextNode.valueOf(HOSTILE));
                } else {
                    hostile(field.getValue());
                }
            });
        } else {
            node.forEach(PageIT::hostile);
        }
        return node;
    }

    @Test
    void aLostConnectionIsSaidAndComesBackByItself() throws Exception {
        quota("lost", 1000);
        try (Relay relay = new Relay(instance.httpPort());
                Page page = browser.page(ColorScheme.LIGHT, WIDTH, HEIGHT)) {
            page.navigate("http://127.0.0.1:" + relay.port() + "/#/backends");
            Locator row = page.getByRole(AriaRole.ROW).filter(new Locator.FilterOptions().setHasText("lost"));
            assertThat(row).containsText("1,000 bytes");
            relay.cut();
            assertThat(page.getByText("The instance does not answer")).isVisible();
            quota("lost", 2000);
            relay.reconnect();
            assertThat(page.getByText("Live", new Page.GetByTextOptions().setExact(true)))
                    .isVisible();
            assertThat(row).containsText("1.95 KiB");
        }
    }

    @Test
    void anActionAsksBeforeAndSaysAfter() {
        try (Page page = open("sinks", ColorScheme.LIGHT, WIDTH)) {
            Locator card = page.locator(".panel").filter(new Locator.FilterOptions().setHasText("quotas"));
            assertThat(card).containsText("running");
            card.getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Pause quotas"))
                    .click();
            Locator dialog = page.getByRole(AriaRole.DIALOG);
            assertThat(dialog).containsText("No instance writes it until it is resumed");
            page.keyboard().press("Escape");
            assertThat(dialog).hasCount(0);
            card.getByRole(AriaRole.BUTTON).click();
            page.getByRole(AriaRole.DIALOG)
                    .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Pause"))
                    .click();
            assertThat(page.locator(".messages")).containsText("quotas pauses.");
            assertThat(card).containsText("paused");
            card.getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Resume quotas"))
                    .click();
            page.getByRole(AriaRole.DIALOG)
                    .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Resume"))
                    .click();
            assertThat(card).containsText("running");
        }
    }

    private static Map<String, Object> notification(String id) {
        return Map.of(
                "id", id,
                "source", "/s3-orchestrator",
                "type", "s3:ObjectCreated:Put",
                "time", "2026-11-28T12:00:00Z",
                "subject", "object " + id);
    }

    private static Map<String, Object> transaction(String id) {
        Map<String, Object> row = Map.of(
                "table",
                "backend_quotas",
                "op",
                "d",
                "key",
                Map.of("backend_name", "of " + id),
                "before",
                Map.of("backend_name", "of " + id, "bytes_limit", 77));
        return Map.of(
                "id",
                id,
                "source",
                "s3",
                "committed_at",
                "2026-11-28T12:00:00Z",
                "tables",
                Map.of("backend_quotas", 1),
                "rows",
                List.of(row));
    }

    private static void publish(ApiFixture api, List<Object> notifications, List<Object> transactions) {
        api.produced.next.add(log -> {
            log.append("notifications", Map.of("items", notifications, "left_out", 0));
            log.append("transactions", Map.of("source", "s3", "items", transactions, "rows_left_out", 0));
        });
    }

    /** Both instances report the last ones when they begin to watch. */
    @Test
    void afterARestartNothingIsShownTwiceAndAGapIsSaid() {
        try (Page page = browser.page(ColorScheme.LIGHT, WIDTH, HEIGHT)) {
            int port;
            try (ApiFixture api = ApiFixture.streaming(Map.of())) {
                port = api.port();
                publish(api, List.of(notification("1"), notification("2")), List.of(transaction("s3-1-1")));
                page.navigate(api.uri() + "/#/notifications");
                assertThat(page.getByText("2 seen, with the last ones")).not().containsText("missing");
                show(page, "transactions");
                assertThat(page.locator(".transaction")).hasCount(1);
                assertThat(page.locator(".rows .column")).hasText("bytes_limit 77");
                assertThat(page.getByText("All of them since the page was opened"))
                        .isVisible();
            }
            try (ApiFixture api = ApiFixture.streaming(Map.of("port", Integer.toString(port)))) {
                List<Object> notifications = new ArrayList<>();
                notifications.add(null);
                notifications.add(Map.of("no", "event"));
                notifications.add(notification("2"));
                notifications.add(notification("3"));
                publish(api, notifications, List.of(transaction("s3-1-1"), transaction("s3-1-2")));
                assertThat(page.locator(".transaction")).hasCount(2);
                assertThat(page.getByText("some of the time without a connection may be missing"))
                        .isVisible();
                show(page, "notifications");
                assertThat(page.locator(".events .subject")).hasText(new String[] {"object 3", "object 2", "object 1"});
                assertThat(page.getByText("3 seen")).containsText("may be missing");
                show(page, "");
            }
        }
    }

    @Test
    void whatChangesWhileBackendsAreReadIsNotLost() {
        try (ApiFixture api = ApiFixture.streaming(Map.of());
                Page page = browser.page(ColorScheme.LIGHT, WIDTH, HEIGHT)) {
            List<Route> held = new ArrayList<>();
            api.tallies.backends.put("b", FakeTallies.quota(5));
            page.route("**/api/backends?*", held::add);
            page.navigate(api.uri() + "/#/backends");
            page.waitForCondition(() -> held.size() == 2);
            int before = api.produced.calls.get();
            Map<String, Object> changed = Map.of(
                    "backend_name",
                    "b",
                    "bytes_used",
                    7,
                    "orphan_bytes",
                    0,
                    "inflight_bytes",
                    0,
                    "bytes_limit",
                    0,
                    "object_count",
                    1,
                    "utilization",
                    0,
                    "bytes_available",
                    0);
            api.produced.next.add(log -> log.append("backends", Map.of("items", List.of(changed), "gone", List.of())));
            page.waitForCondition(() -> api.produced.calls.get() > before + 1);
            held.forEach(Route::resume);
            assertThat(page.locator("tbody tr").locator("td").nth(2)).hasText("7 bytes");
        }
    }

    @Test
    void anInstanceThatDoesNotCaptureASourceSaysSo() {
        try (ApiFixture api = ApiFixture.streaming(Map.of());
                Page page = browser.page(ColorScheme.LIGHT, WIDTH, HEIGHT)) {
            api.produced.next.add(log -> {
                log.appendState("status", status());
                log.appendState("rates", rates(Collections.emptyMap()));
            });
            page.navigate(api.uri() + "/");
            Locator chart = page.locator(".source .empty").first();
            assertThat(chart).containsText("This instance does not capture the source.");
            Map<String, Object> waiting = new LinkedHashMap<>();
            waiting.put("rows_per_second", null);
            api.produced.next.add(log -> log.appendState("rates", rates(Map.of("s3", waiting))));
            assertThat(chart).containsText("Another instance captures the source");
            api.produced.next.add(log -> log.appendState("rates", rates(Map.of("s3", Map.of("rows_per_second", 1)))));
            assertThat(chart).containsText("are being counted");
        }
    }

    private static Map<String, Object> rates(Map<String, Object> sources) {
        return Map.of("at", "2026-11-28T12:00:00Z", "sources", sources);
    }

    @Test
    void itIsLightAndPaintsAtOnce() {
        double first = Double.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            try (Page page = open("", ColorScheme.LIGHT, WIDTH)) {
                double paint = ((Number) page.evaluate(
                                "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"))
                        .doubleValue();
                first = Math.min(first, paint);
                int bytes = ((Number) page.evaluate("() => performance.getEntriesByType('resource')"
                                + ".filter(one => one.name.includes('/page/')).concat(performance.getEntriesByType('navigation'))"
                                + ".reduce((sum, one) => sum + one.transferSize, 0)"))
                        .intValue();
                assertThat(bytes).as("bytes on the wire").isBetween(10_000, 300_000);
            }
        }
        assertThat(first)
                .as("milliseconds to the first paint, the best of three")
                .isLessThan(1_000);
    }

    @Test
    void aPageWithoutATokenAsksForItAndOneThatMayOnlyReadHasNoActions() {
        String secret = "0123456789abcdef";
        try (ApiFixture guarded = ApiFixture.streaming(Map.of("read-tokens.reader", secret));
                Page page = browser.page(ColorScheme.LIGHT, WIDTH, HEIGHT)) {
            guarded.produced.next.add(log -> log.appendState("status", status()));
            page.navigate(guarded.uri() + "/");
            page.getByLabel("Token").fill("wrong-wrong-wrong");
            page.getByText("Continue").click();
            assertThat(page.getByRole(AriaRole.ALERT)).containsText("not valid for this instance");
            page.getByLabel("Token").fill(secret);
            page.keyboard().press("Enter");
            assertThat(page.getByText("read only")).isVisible();
            assertThat(page.locator(".source")).containsText("s3-orchestrator");
            assertThat(page.getByText("Snapshot …")).hasCount(0);
            page.evaluate("() => { location.hash = '#/dead-letters'; }");
            assertThat(page.locator(".panel")).containsText("unreadable");
            assertThat(page.getByText("Replay …")).hasCount(0);
        }
    }

    @Test
    void noListIsCutSilently() {
        try (ApiFixture api = ApiFixture.streaming(Map.of());
                Page page = browser.page(ColorScheme.LIGHT, WIDTH, HEIGHT)) {
            for (int i = 1; i <= 150; i++) {
                api.deadLetters.add(i, FakeDeadLetters.letter().put("id", "y" + i));
                api.tallies.collections.put(i, FakeTallies.collection("c" + i, i));
            }
            for (int i = 0; i < 5_500; i++) {
                api.tallies.backends.put("backend-" + i, FakeTallies.quota(1));
            }
            api.tallies.storage.put(7L, FakeTallies.stored(150));
            page.navigate(api.uri() + "/#/dead-letters");
            assertThat(page.locator("h2.title, .panel h2").last()).hasText("y99");
            page.getByText("Next").click();
            assertThat(page.locator(".panel h2").first()).hasText("y100");
            assertThat(page.locator(".panel h2").last()).hasText("y150");
            page.getByText("Capture").click();
            assertThat(page.getByText("None is open in this stage.")).isVisible();
            page.evaluate("() => { location.hash = '#/users/7'; }");
            Locator detail = page.locator(".detail");
            assertThat(detail.locator("tbody tr")).hasCount(100);
            detail.getByText("Next").click();
            assertThat(detail.locator("tbody th").last()).hasText("c150");
            page.evaluate("() => { location.hash = '#/backends'; }");
            assertThat(page.getByText("Show more of 5,500")).isVisible();
        }
    }

    @Test
    void actionsWaitUntilTheRightToThemIsKnown() {
        try (ApiFixture api = ApiFixture.streaming(Map.of());
                Page page = browser.page(ColorScheme.LIGHT, WIDTH, HEIGHT)) {
            List<Route> held = new ArrayList<>();
            page.route("**/api/instance", held::add);
            page.navigate(api.uri() + "/#/dead-letters");
            assertThat(page.locator(".panel")).containsText("unreadable");
            assertThat(page.getByText("Replay …")).hasCount(0);
            page.waitForCondition(() -> !held.isEmpty());
            held.forEach(Route::resume);
            assertThat(page.getByText("Replay …")).isVisible();
        }
    }

    @Test
    void aDeadLetterIsReplayedAndDropped() {
        try (ApiFixture api = ApiFixture.streaming(Map.of());
                Page page = browser.page(ColorScheme.LIGHT, WIDTH, HEIGHT)) {
            page.navigate(api.uri() + "/#/dead-letters");
            Locator letter = page.locator(".panel").filter(new Locator.FilterOptions().setHasText("unreadable"));
            click(letter, "Replay x");
            click(page.getByRole(AriaRole.DIALOG), "Replay");
            assertThat(page.locator(".messages")).containsText("It is tried again.");
            click(letter, "Drop x");
            page.getByLabel("Reason").fill("the row is gone");
            click(page.getByRole(AriaRole.DIALOG), "Drop");
            assertThat(page.locator(".messages")).containsText("It is given up.");
            assertThat(api.deadLetters.requests)
                    .containsExactly("replay: streams [x]", "drop because of the row is gone: streams [x]");
        }
    }

    private static void click(Locator within, String button) {
        within.getByRole(
                        AriaRole.BUTTON,
                        new Locator.GetByRoleOptions().setName(button).setExact(true))
                .click();
    }

    private static Object status() {
        try {
            return new ObjectMapper().readTree("""
                    {"ready": false, "reasons": ["no"], "stages": {}, "sinks": {}, "sources": {"s3": {"state": "failed",
                    "reason": "lost", "server_lsn": null, "captured_lsn": null, "applied_lsn": null, "lag_bytes": null,
                    "lag_seconds": null, "slot": null, "epoch": null, "snapshots": [], "missing_tables": [], "limitations": [],
                    "completed_snapshots": [], "failed_snapshots": []}}}""");
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** What an instance sends at most, of 100,000 buckets and thousands of notifications a second. */
    @Test
    void muchThatChangesDoesNotFreezeIt() {
        try (ApiFixture api = ApiFixture.streaming(Map.of());
                Page page = browser.page(ColorScheme.LIGHT, WIDTH, HEIGHT)) {
            for (int i = 0; i < 100_000; i++) {
                api.tallies.buckets.put("bucket-%06d".formatted(i), FakeTallies.bucket(i, 2));
            }
            page.navigate(api.uri() + "/#/buckets");
            assertThat(page.locator("tbody tr")).hasCount(100);
            page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Logical"))
                    .click();
            assertThat(page.locator("tbody tr").first()).containsText("bucket-099999");
            page.getByText("Next").click();
            assertThat(page.locator("tbody tr").first()).containsText("bucket-099899");
            page.getByLabel("Name begins with").fill("bucket-0001");
            assertThat(page.locator("tbody tr").first()).containsText("bucket-000199");
            usersAreListedAndShown(api, page);
            page.evaluate("() => { location.hash = '#/notifications'; }");
            FrameTimes frames = FrameTimes.of(page);
            int rounds = 8;
            for (int round = 0; round < rounds; round++) {
                int start = round;
                List<Map<String, Object>> items = java.util.stream.IntStream.range(0, 50)
                        .mapToObj(i -> Map.<String, Object>of(
                                "id",
                                "evt_" + start + "_" + i,
                                "type",
                                "s3:ObjectCreated:Put",
                                "subject",
                                "s" + i,
                                "time",
                                "2026-11-28T12:00:00Z",
                                "data",
                                Map.of("bucket", "b")))
                        .toList();
                int before = api.produced.calls.get();
                api.produced.next.add(log -> log.append("notifications", Map.of("items", items, "left_out", 1200)));
                while (api.produced.calls.get() == before) {
                    page.waitForTimeout(20);
                }
            }
            assertThat(page.getByText("400 seen")).isVisible();
            assertThat(page.locator(".events li")).hasCount(100);
            assertThat(frames.quantile(0.5))
                    .as("median of milliseconds between frames")
                    .isLessThan(100);
            assertThat(frames.quantile(0.95))
                    .as("p95 of milliseconds between frames")
                    .isLessThan(250);
        }
    }

    private static void usersAreListedAndShown(ApiFixture api, Page page) {
        for (long id = 0; id < 250; id++) {
            api.tallies.storage.put(id, FakeTallies.stored(id));
        }
        page.evaluate("() => { location.hash = '#/users'; }");
        assertThat(page.locator("tbody tr")).hasCount(100);
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Payload"))
                .click();
        assertThat(page.locator("tbody tr").first()).containsText("249");
        page.getByText("Next").click();
        assertThat(page.locator("tbody tr").first()).containsText("149");
        page.getByLabel("Id begins with").fill("24");
        assertThat(page.locator("tbody tr")).hasCount(11);
        page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("240"))
                .click();
        assertThat(page.locator(".detail h2")).hasText("User 240");
        assertThat(page.locator(".detail h2 [tabindex]")).isFocused();
        page.getByLabel("Id begins with").press("Enter");
        assertThat(page.locator(".detail h2")).hasText("User 24");
        assertThat(page.locator(".detail")).containsText("12.0 KiB");

        // The next number after 2^53, which a number of JavaScript cannot hold.
        api.tallies.storage.put(9_007_199_254_740_993L, FakeTallies.stored(1));
        page.getByLabel("Id begins with").fill("90071");
        page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("9007199254740993"))
                .click();
        assertThat(page.locator(".detail h2")).hasText("User 9007199254740993");
    }
}
