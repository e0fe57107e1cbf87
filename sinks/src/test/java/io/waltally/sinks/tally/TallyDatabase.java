package io.waltally.sinks.tally;

import io.waltally.embedded.PostgresServer;
import io.waltally.embedded.ServerOptions;
import io.waltally.migrations.Application;
import io.waltally.migrations.Credentials;
import io.waltally.migrations.MigrationTarget;
import io.waltally.migrations.Migrator;
import io.waltally.migrations.SinkAccess;
import io.waltally.migrations.SinkPrivilege;
import io.waltally.sinks.jdbc.SinkDatabase;
import io.waltally.sinks.jdbc.SinkLogin;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** A migrated database of a server that all tests share. */
record TallyDatabase(String url, Application store) {
    static final String SINK_ROLE = "waltally_sink";

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    /** Prepares it as for sinks of every kind, with a role of their own. */
    MigrationTarget target() {
        return MigrationTarget.of(store, url, Credentials.of(PostgresServer.USER))
                .withSinks(new SinkAccess(Credentials.of(SINK_ROLE), EnumSet.allOf(SinkPrivilege.class)));
    }

    TallyDatabase migrated() {
        new Migrator().migrate(target());
        return this;
    }

    SinkLogin login() {
        return new SinkLogin(url, SINK_ROLE, "");
    }

    SinkDatabase sessions(String sink) {
        return new SinkDatabase(sink, login(), TIMEOUT, Duration.ofSeconds(5));
    }

    Connection connect() throws SQLException {
        return DriverManager.getConnection(url, PostgresServer.USER, null);
    }

    void execute(String... statements) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** Every row as text, its columns separated by " | ". */
    List<String> query(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> lines = new ArrayList<>();
            while (rows.next()) {
                List<String> values = new ArrayList<>();
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                    values.add(rows.getString(i));
                }
                lines.add(String.join(" | ", values));
            }
            return lines;
        }
    }

    /** One server for all tests of this module; each test takes a database of its own. */
    static final class Server implements AutoCloseable {
        private final PostgresServer server = PostgresServer.start(ServerOptions.ephemeral());
        private int databases;

        /** An empty database. */
        synchronized TallyDatabase create(Application store) throws SQLException {
            String name = "tally_" + ++databases;
            new TallyDatabase(server.address().jdbcUrl("postgres"), store).execute("CREATE DATABASE " + name);
            return new TallyDatabase(server.address().jdbcUrl(name), store);
        }

        @Override
        public void close() {
            server.close();
        }
    }

    /** Starts the server for the first test that asks for it and stops it after the last. */
    static final class Extension implements ParameterResolver {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == Server.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return context.getRoot()
                    .getStore(ExtensionContext.Namespace.GLOBAL)
                    .computeIfAbsent(Server.class, type -> new Server());
        }
    }
}
