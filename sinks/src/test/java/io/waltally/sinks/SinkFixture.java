package io.waltally.sinks;

import io.waltally.embedded.Infrastructure;
import io.waltally.migrations.Application;
import io.waltally.migrations.Credentials;
import io.waltally.migrations.MigrationTarget;
import io.waltally.migrations.Migrator;
import io.waltally.schemas.serde.AvroSerdes;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicProvisioning;
import io.waltally.schemas.topic.TopicSettings;
import io.waltally.sinks.jdbc.SinkDatabase;
import io.waltally.sinks.jdbc.SinkLogin;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A migrated database and empty topics per test. All tests of the JVM share the servers. */
public final class SinkFixture implements BeforeEachCallback, AfterEachCallback {
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(SinkFixture.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private static int databases;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private Infrastructure infrastructure;
    private String database;
    private TopicCatalogue catalogue;

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        infrastructure = context.getRoot()
                .getStore(NAMESPACE)
                .computeIfAbsent(Infrastructure.class, type -> Infrastructure.forTests(), Infrastructure.class);
        database = "sink_" + databases++;
        admin("CREATE DATABASE " + database);
        catalogue = new TopicCatalogue(
                TopicSettings.DEFAULTS, new AvroSerdes(infrastructure.registry().toString()));
        new Migrator()
                .migrate(MigrationTarget.of(
                        Application.S3,
                        infrastructure.jdbcUrl(database),
                        new Credentials(infrastructure.postgres().user(), Optional.empty())));
        try (Admin admin = Admin.create(kafka())) {
            new TopicProvisioning(admin).create(catalogue.all());
        }
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
        opened.clear();
        admin("DROP DATABASE " + database + " WITH (FORCE)");
        try (Admin admin = Admin.create(kafka())) {
            List<String> names =
                    catalogue.all().stream().map(topic -> topic.name()).toList();
            admin.deleteTopics(names).all().get();
            waitFor(
                    "topics deleted",
                    () -> admin.listTopics().names().get().stream().noneMatch(names::contains));
        }
    }

    /** Closes it with the test. */
    public <T extends AutoCloseable> T closing(T resource) {
        opened.add(resource);
        return resource;
    }

    public Map<String, Object> kafka() {
        return Map.of("bootstrap.servers", infrastructure.kafka());
    }

    public TopicCatalogue catalogue() {
        return catalogue;
    }

    public String registry() {
        return infrastructure.registry().toString();
    }

    public SinkLogin login() {
        return new SinkLogin(
                infrastructure.jdbcUrl(database), infrastructure.postgres().user(), "");
    }

    /** The database of the test, for a sink. */
    public SinkDatabase sinkDatabase(String sink) {
        return new SinkDatabase(sink, login(), Duration.ofSeconds(30), Duration.ofSeconds(5));
    }

    public Connection connect() throws SQLException {
        return DriverManager.getConnection(
                infrastructure.jdbcUrl(database), infrastructure.postgres().user(), "");
    }

    /** Executes a statement in the database of the test. */
    public void execute(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The first column of a query in the database of the test. */
    public List<String> strings(String sql) throws SQLException {
        List<String> strings = new ArrayList<>();
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                strings.add(rows.getString(1));
            }
        }
        return strings;
    }

    /** Executes a statement as a superuser, in another database. */
    public void admin(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(
                        infrastructure.jdbcUrl("postgres"),
                        infrastructure.postgres().user(),
                        "");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Ends all sessions of sinks, in the middle of whatever they do. */
    public void killSessions() throws SQLException {
        admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'waltally sink%'");
    }

    public static void waitFor(String event, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + TIMEOUT.toSeconds() + " s: " + event);
            }
            Thread.sleep(20);
        }
    }
}
