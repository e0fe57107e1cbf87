package io.waltally.embedded.workload;

import io.waltally.migrations.Credentials;
import io.waltally.migrations.MigrationTarget;
import io.waltally.migrations.Migrator;
import io.waltally.migrations.Store;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
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
final class TestServer implements AutoCloseable {
    private final EmbeddedPostgres postgres;
    private final AtomicInteger names = new AtomicInteger();
    private final Map<Store, DatabaseAddress> templates = new EnumMap<>(Store.class);

    private TestServer() {
        try {
            postgres = EmbeddedPostgres.builder()
                    .setServerConfig("wal_level", "logical")
                    .setServerConfig("synchronous_commit", "on")
                    .start();
        } catch (IOException e) {
            throw new IllegalStateException("PostgreSQL did not start", e);
        }
    }

    /** A database with s3-orchestrator's tables, all empty. */
    DatabaseAddress s3() throws SQLException {
        return migrated(Store.S3);
    }

    /** A database with syncstorage's tables, empty but for the fixed collections. */
    DatabaseAddress sync() throws SQLException {
        return migrated(Store.SYNC);
    }

    DatabaseAddress empty() throws SQLException {
        return create("template1");
    }

    static void execute(DatabaseAddress address, String... statements) throws SQLException {
        try (Connection connection = address.connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) statement.execute(sql);
        }
    }

    @Override
    public void close() throws IOException {
        postgres.close();
    }

    /** Migrated once, and copied for each test. */
    private synchronized DatabaseAddress migrated(Store store) throws SQLException {
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
        return DatabaseAddress.trusted(
                "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/" + database, "postgres");
    }

    /** Starts the server for the first test that asks for it and stops it after the last. */
    static final class Extension implements ParameterResolver {
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
