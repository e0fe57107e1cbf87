package io.waltally.app.http.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import com.sun.net.httpserver.HttpServer;
import io.waltally.app.config.Configuration;
import io.waltally.app.local.LocalServers;
import io.waltally.app.run.Instance;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.Topics;
import io.waltally.app.run.role.RoleName;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.PostgresAddress;
import io.waltally.schemas.Source;
import io.waltally.schemas.agg.BackendKey;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.LastChange;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.workload.Workload;
import io.waltally.workload.WorkloadOptions;
import io.waltally.workload.session.DatabaseAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Takes the pictures of docs/page, of a pipeline under the workload of the demo: {@code -Dwaltally.screenshots=DIRECTORY}.
 * Those of a phone are for looking at: {@code -Dwaltally.screenshots.phone=DIRECTORY}.
 */
@Tag("screenshots")
class PageScreenshotsIT {
    private static final double TIMEOUT_MILLIS = 90_000;
    private static final String DIRECTORY = "waltally.screenshots";
    private static final int WIDTH = 1240;
    private static final int PHONE = 390;
    private static final int HEIGHT = 800;
    private static final long SEED = 7;
    private static final double TRANSACTIONS_PER_SECOND = 60;

    /** Of five seconds each: so long the workload has run. */
    private static final int RATES = 30;

    private static final String REPLICA = "page_replica";

    @TempDir
    private static Path directory;

    private static Browser browser;
    private static Infrastructure servers;
    private static HttpServer receiver;
    private static Instance instance;
    private static Workload workload;

    @BeforeAll
    static void start() throws Exception {
        PlaywrightAssertions.setDefaultAssertionTimeout(TIMEOUT_MILLIS);
        browser = new Browser(Browser.ofThisMachine());
        servers = Infrastructure.forTests();
        receiver = receiver();
        DatabaseAddress s3 = address(PostgresAddress.S3_DATABASE);
        try (Connection connection = s3.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + REPLICA);
        }
        Configuration configuration = Configuration.from(values());
        configuration.sources().values().forEach(source -> Migrations.migrate(source, configuration.sinks()));
        TopicCatalogue topics = configuration.catalogue();
        Topics.create(configuration, topics);
        yesterday(configuration, topics.backendQuotas());
        instance = Instance.start(configuration, EnumSet.allOf(RoleName.class), new StopSignal())
                .orElseThrow();
        workload = Workload.prepare(WorkloadOptions.of(s3, address(PostgresAddress.SYNC_DATABASE), SEED)
                .withRate(TRANSACTIONS_PER_SECOND));
        workload.start();
        try (Page page = browser.page(ColorScheme.LIGHT, WIDTH, HEIGHT)) {
            page.navigate(instance.uri() + "/");
            page.waitForCondition(
                    () -> ((Number) page.evaluate("() => waltally.rates.length")).intValue() >= RATES,
                    new Page.WaitForConditionOptions().setTimeout(4 * TIMEOUT_MILLIS));
            unreadable(configuration, topics);
            assertThat(page.locator("nav .badge")).hasText("2");
        }
    }

    private static HttpServer receiver() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        server.start();
        return server;
    }

    private static DatabaseAddress address(String database) {
        return DatabaseAddress.trusted(
                servers.jdbcUrl(database), servers.postgres().user());
    }

    private static Map<String, String> values() {
        Map<String, String> values = LocalServers.configuration(servers);
        values.put("http.port", "0");
        values.put("topics.partitions", "2");
        values.put("streams.state-directory", directory.toString());
        values.put("streams.object-copies", "2");
        values.put("streams.usage-limits.backend-a.api-requests", "1500");
        values.put("streams.usage-limits.backend-a.egress-bytes", "20GiB");
        endpoint(values, 0, "search", receiver.getAddress().getPort());
        endpoint(values, 1, "billing", 9);
        values.put("sinks[0].name", "quotas");
        values.put("sinks[0].type", "backend-quotas");
        values.put("sinks[1].name", "collections");
        values.put("sinks[1].type", "user-collections");
        values.put("sinks[2].name", "replica");
        values.put("sinks[2].type", "postgres");
        values.put("sinks[2].source", "s3");
        values.put("sinks[2].tables", "object_locations, backend_usage");
        values.put("sinks[2].url", servers.jdbcUrl(REPLICA));
        values.put("sinks[2].user", servers.postgres().user());
        values.put("sinks[2].schema", "s3");
        return values;
    }

    private static void endpoint(Map<String, String> values, int n, String name, int port) {
        String prefix = "webhooks.endpoints[" + n + "].";
        values.put(prefix + "name", name);
        values.put(prefix + "url", "http://127.0.0.1:" + port + "/hooks");
        values.put(prefix + "allow-http", "true");
        values.put(prefix + "allow-private", "true");
        values.put(prefix + "secrets", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    }

    /** A day of a backend, as another instance would have left it in the topic. */
    private static void yesterday(Configuration configuration, Topic<BackendKey, BackendQuota> quotas) {
        int steps = 96;
        Instant now = Instant.now();
        try (Producer<BackendKey, BackendQuota> producer = new KafkaProducer<>(
                Map.copyOf(configuration.kafka().properties()),
                quotas.keySerde().serializer(),
                quotas.valueSerde().serializer())) {
            for (int step = 0; step < steps; step++) {
                long used = (long) ((2.2 + 3.2 * step / steps + 0.4 * Math.sin(step / 6.0)) * (1L << 30));
                long orphan = (step % 24) * (30L << 20);
                BackendQuota tally = new BackendQuota(
                        used, 90L, orphan, 0L, 0L, null, 0.0, new LastChange("s3", 0, 1L, 2L, now), false);
                long at = now.minus(Duration.ofMinutes(15L * (steps - step))).toEpochMilli();
                var unused =
                        producer.send(new ProducerRecord<>(quotas.name(), 0, at, new BackendKey("backend-a"), tally));
            }
        }
    }

    /** Records that no topology can read, in a topic that no sink reads. */
    private static void unreadable(Configuration configuration, TopicCatalogue topics) {
        try (Producer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.copyOf(configuration.kafka().properties()), new ByteArraySerializer(), new ByteArraySerializer())) {
            for (String key : List.of("user 806", "user 618")) {
                var unused = producer.send(new ProducerRecord<>(
                        topics.changesOf(Source.SYNC, "bsos").name(),
                        0,
                        key.getBytes(StandardCharsets.UTF_8),
                        "not Avro".getBytes(StandardCharsets.UTF_8)));
            }
        }
    }

    @AfterAll
    static void stop() throws SQLException {
        if (workload != null) {
            workload.close();
        }
        if (instance != null) {
            instance.close();
        }
        if (receiver != null) {
            receiver.stop(0);
        }
        if (servers != null) {
            servers.close();
        }
        if (browser != null) {
            browser.close();
        }
    }

    @Test
    void everyViewIsTakenLightAndDark() {
        take(Path.of(System.getProperty(DIRECTORY)), WIDTH);
        Optional.ofNullable(System.getProperty(DIRECTORY + ".phone")).ifPresent(phone -> take(Path.of(phone), PHONE));
    }

    private static void take(Path into, int width) {
        for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
            try (Page page = browser.page(scheme, width, HEIGHT)) {
                page.navigate(instance.uri() + "/");
                assertThat(page.locator(".source canvas").first()).isVisible();
                assertThat(page.locator(".compact.lines li").first()).isVisible();
                take(page, into, "overview", scheme);
                show(page, "backends/backend-a");
                assertThat(page.locator(".detail canvas")).isVisible();
                take(page, into, "backends", scheme);
                show(page, "buckets");
                assertThat(page.locator("tbody tr").first()).isVisible();
                take(page, into, "buckets", scheme);
                show(page, "users");
                Locator user = page.locator("tbody a").first();
                user.click();
                assertThat(page.locator(".detail tbody tr").first()).isVisible();
                take(page, into, "users", scheme);
                show(page, "transactions");
                assertThat(page.locator(".transaction").nth(5)).isVisible();
                take(page, into, "transactions", scheme);
                show(page, "notifications");
                page.locator(".events button.line").nth(2).click();
                assertThat(page.locator("pre")).isVisible();
                take(page, into, "notifications", scheme);
                show(page, "webhooks");
                assertThat(page.locator(".panel").nth(1)).isVisible();
                take(page, into, "webhooks", scheme);
                show(page, "sinks");
                assertThat(page.locator(".panel").nth(2)).containsText("running");
                take(page, into, "sinks", scheme);
                show(page, "dead-letters");
                page.locator(".panel summary").first().click();
                take(page, into, "dead-letters", scheme);
            }
        }
        assertThat(browser.complaints()).isEmpty();
    }

    private static void show(Page page, String view) {
        page.evaluate("view => { location.hash = '#/' + view; }", view);
        assertThat(page.locator("nav [aria-current]")).hasAttribute("href", "#/" + view.replaceFirst("/.*", ""));
    }

    private static void take(Page page, Path into, String view, ColorScheme scheme) {
        String name = view + "-" + scheme.name().toLowerCase(Locale.ROOT) + ".png";
        page.evaluate("() => document.activeElement.blur()");
        page.screenshot(new Page.ScreenshotOptions().setPath(into.resolve(name)));
    }
}
