package io.waltally.app.status;

import io.waltally.app.config.SourceSettings;
import io.waltally.connectors.capture.source.MissingAddition;
import io.waltally.connectors.capture.source.MissingAdditions;
import io.waltally.connectors.capture.source.PublishedTables;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * A wrong or missing result, because a table or column of the application's schema is not captured.
 *
 * @param missing the table, or the column as {@code table.column}
 * @param reason why it is not captured, as a clause
 * @param consequence the effect of its absence, as a clause
 */
public record Limitation(String missing, String reason, String consequence) {
    /** Reads the limitations of a source. */
    public static List<Limitation> read(Connection connection, SourceSettings source) throws SQLException {
        return read(connection, source, PublishedTables.read(connection, source.publication()));
    }

    static List<Limitation> read(Connection connection, SourceSettings source, PublishedTables published)
            throws SQLException {
        return MissingAdditions.read(connection, source.source(), source.tables(), published).stream()
                .map(Limitation::of)
                .toList();
    }

    public static Limitation of(MissingAddition missing) {
        return new Limitation(
                missing.addition().toString(),
                missing.reason(),
                missing.addition().consequence());
    }

    @Override
    public String toString() {
        return reason + ", so " + consequence;
    }
}
