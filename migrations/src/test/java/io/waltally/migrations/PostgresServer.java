package io.waltally.migrations;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** One server with logical WAL for all tests of this module; each test takes databases and role names of its own. */
final class PostgresServer implements AutoCloseable {
    private final EmbeddedPostgres postgres;
    private final AtomicInteger names = new AtomicInteger();

    private PostgresServer() {
        try {
            postgres = EmbeddedPostgres.builder()
                    .setServerConfig("wal_level", "logical")
                    // Off by default here, and then a slot does not see the latest commit yet.
                    .setServerConfig("synchronous_commit", "on")
                    .start();
        } catch (IOException e) {
            throw new IllegalStateException("PostgreSQL did not start", e);
        }
    }

    /** An empty database, in which only its owner may create objects, as on PostgreSQL 15 and later without further ado. */
    TestDatabase createDatabase() throws SQLException {
        return createDatabase("postgres");
    }

    TestDatabase createDatabase(String owner) throws SQLException {
        TestDatabase database = new TestDatabase(postgres.getPort(), uniqueName("db"));
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                var statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + database.name() + " OWNER " + owner);
        }
        if (majorVersion() < 15) {
            database.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC", "ALTER SCHEMA public OWNER TO " + owner);
        }
        return database;
    }

    int majorVersion() throws SQLException {
        try (Connection connection = postgres.getPostgresDatabase().getConnection()) {
            return connection.getMetaData().getDatabaseMajorVersion();
        }
    }

    /** A name that no other test uses: roles belong to the whole server. */
    String uniqueName(String prefix) {
        return prefix + "_" + names.incrementAndGet();
    }

    @Override
    public void close() throws IOException {
        postgres.close();
    }

    /** Starts the server for the first test that asks for it and stops it after the last. */
    static final class Extension implements ParameterResolver {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == PostgresServer.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return context.getRoot()
                    .getStore(ExtensionContext.Namespace.GLOBAL)
                    .computeIfAbsent(PostgresServer.class, type -> new PostgresServer());
        }
    }
}
