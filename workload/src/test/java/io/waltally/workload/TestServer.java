package io.waltally.workload;

import io.waltally.embedded.PostgresAddress;
import io.waltally.embedded.PostgresServer;
import io.waltally.embedded.ServerOptions;
import io.waltally.migrations.Application;
import io.waltally.migrations.Credentials;
import io.waltally.migrations.MigrationTarget;
import io.waltally.migrations.Migrator;
import io.waltally.workload.session.DatabaseAddress;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** One PostgreSQL server for all tests of this package; each test takes databases of its own. */
public final class TestServer implements AutoCloseable {
    private final PostgresServer postgres = PostgresServer.start(ServerOptions.ephemeral());
    private final AtomicInteger names = new AtomicInteger();
    private final Map<Application, DatabaseAddress> templates = new EnumMap<>(Application.class);

    private TestServer() {}

    /** A database with s3-orchestrator's tables, all empty. */
    public DatabaseAddress s3() throws SQLException {
        return migrated(Application.S3);
    }

    /** A database with syncstorage's tables, empty but for the fixed collections. */
    public DatabaseAddress sync() throws SQLException {
        return migrated(Application.SYNC);
    }

    public DatabaseAddress empty() throws SQLException {
        return create("template1");
    }

    public static void execute(DatabaseAddress address, String... statements) throws SQLException {
        try (Connection connection = address.connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) statement.execute(sql);
        }
    }

    @Override
    public void close() {
        postgres.close();
    }

    /** Migrated once, and copied for each test. */
    private synchronized DatabaseAddress migrated(Application store) throws SQLException {
        DatabaseAddress template = templates.get(store);
        if (template == null) {
            template = empty();
            new Migrator().migrate(MigrationTarget.of(store, template.url(), Credentials.of(template.user())));
            templates.put(store, template);
        }
        return create(template.url().substring(template.url().lastIndexOf('/') + 1));
    }

    private DatabaseAddress create(String template) throws SQLException {
        String name = "workload_" + names.incrementAndGet();
        execute(address("postgres"), "CREATE DATABASE " + name + " TEMPLATE " + template);
        return address(name);
    }

    private DatabaseAddress address(String database) {
        PostgresAddress address = postgres.address();
        return DatabaseAddress.trusted(address.jdbcUrl(database), address.user());
    }

    /** Starts the server for the first test that asks for it and stops it after the last. */
    public static final class Extension implements ParameterResolver {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == TestServer.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return context.getRoot()
                    .getStore(ExtensionContext.Namespace.GLOBAL)
                    .computeIfAbsent(TestServer.class, type -> new TestServer());
        }
    }
}
