package io.waltally.app.status;

import io.waltally.app.config.SourceSettings;
import io.waltally.connectors.capture.source.MissingAdditions;
import io.waltally.connectors.capture.source.PublishedTables;
import io.waltally.schemas.SchemaAddition;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * A result that is off because the application's schema is older than the one that waltally knows.
 *
 * @param missing the table, or the column as {@code table.column}
 * @param consequence what differs while it is missing
 */
public record Limitation(String missing, String consequence) {
    /** What is off in the results of a source. */
    public static List<Limitation> read(Connection connection, SourceSettings source) throws SQLException {
        return read(connection, source, PublishedTables.read(connection, source.publication()));
    }

    static List<Limitation> read(Connection connection, SourceSettings source, PublishedTables published)
            throws SQLException {
        return MissingAdditions.read(connection, source.source(), source.tables(), published).stream()
                .map(Limitation::of)
                .toList();
    }

    public static Limitation of(SchemaAddition addition) {
        return new Limitation(addition.toString(), addition.consequence());
    }

    @Override
    public String toString() {
        return "without " + missing + ", which the application's schema does not have yet, " + consequence;
    }
}
