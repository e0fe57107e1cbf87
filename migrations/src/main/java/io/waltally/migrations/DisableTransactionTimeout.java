package io.waltally.migrations;

import java.sql.SQLException;
import java.sql.Statement;
import org.flywaydb.core.api.callback.BaseCallback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;

/** Disables an inherited {@code transaction_timeout} in each session of Flyway. */
final class DisableTransactionTimeout extends BaseCallback {
    @Override
    public boolean supports(Event event, Context context) {
        return event == Event.AFTER_CONNECT;
    }

    @Override
    public void handle(Event event, Context context) {
        try (Statement statement = context.getConnection().createStatement()) {
            statement.execute(Database.WITHOUT_TRANSACTION_TIMEOUT);
        } catch (SQLException e) {
            throw new MigrationException("transaction_timeout cannot be turned off: " + e.getMessage(), e);
        }
    }
}
