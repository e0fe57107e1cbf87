package io.waltally.app.doctor;

import io.waltally.app.config.ConfiguredSink.TargetDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;

/** Whether the target database of a sink can be reached. Sinks wait for theirs, so an instance starts without. */
record SinkCheck(String sink, TargetDatabase target) implements Check {
    private static final String TIMEOUT_SECONDS = "5";

    @Override
    public String name() {
        return "sink " + sink;
    }

    @Override
    public List<Finding> run() {
        Properties properties = new Properties();
        properties.setProperty("user", target.account().user());
        properties.setProperty("password", target.account().password().reveal());
        properties.setProperty("connectTimeout", TIMEOUT_SECONDS);
        properties.setProperty("loginTimeout", TIMEOUT_SECONDS);
        properties.setProperty("socketTimeout", TIMEOUT_SECONDS);
        try (Connection connection = DriverManager.getConnection(target.url(), properties)) {
            return List.of(Finding.ok(
                    name(),
                    "PostgreSQL " + connection.getMetaData().getDatabaseProductVersion() + " at " + target.address()
                            + " answers role " + target.account().user()));
        } catch (SQLException e) {
            String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            return List.of(Finding.warning(
                    name(),
                    "PostgreSQL at " + target.address() + " does not let role "
                            + target.account().user() + " in, so the sink waits: " + reason,
                    "correct url, user or password of the sink, or start the server"));
        }
    }
}
