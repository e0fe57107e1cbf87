package io.waltally.connectors.capture.snapshot;

import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.encoding.AddedColumns;
import io.waltally.connectors.capture.error.CaptureException;
import io.waltally.connectors.capture.error.FailureKind;
import io.waltally.connectors.capture.error.SourceQueryException;
import io.waltally.connectors.capture.source.CatalogColumn;
import io.waltally.connectors.capture.source.CurrentRowReader;
import io.waltally.connectors.capture.source.SourceDatabase;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads what older rows have in added columns from the server's catalogue, in the form of the snapshot's rows. */
public final class AddedColumnReader implements AddedColumns {
    private static final Logger LOG = LoggerFactory.getLogger(AddedColumnReader.class);

    private final CaptureConfig config;
    private final SourceDatabase database;
    private final CurrentRowReader currentRows;

    public AddedColumnReader(CaptureConfig config, SourceDatabase database, CurrentRowReader currentRows) {
        this.config = config;
        this.database = database;
        this.currentRows = currentRows;
    }

    /** Does not fail because of the columns, which may have been altered meanwhile: they are unknown then. */
    @Override
    public OlderRows read(String topic, Set<String> columns, OptionalLong transactionId) {
        String table = topic.substring(config.source().topicOf("").length());
        try {
            if (transactionId.isPresent()) {
                // It may be the transaction that added the columns.
                currentRows.awaitVisible(transactionId.getAsLong());
            }
            return read(table, database.columns(table, columns));
        } catch (CaptureException e) {
            return unknown(table, columns, e);
        } catch (SQLException e) {
            if (FailureKind.of(e) != FailureKind.PERMANENT) {
                throw new SourceQueryException("cannot read the columns of table " + table, e);
            }
            return unknown(table, columns, e);
        }
    }

    private static OlderRows unknown(String table, Set<String> columns, Exception failure) {
        LOG.warn("the missing values of columns {} of table {} cannot be read", columns, table, failure);
        return new OlderRows(Map.of(), columns);
    }

    private OlderRows read(String table, List<CatalogColumn> columns) throws SQLException {
        List<CatalogColumn> kept = columns.stream()
                .filter(column -> column.missingValues().size() == 1)
                .toList();
        Map<String, Object> values = kept.isEmpty() ? Map.of() : values(table, kept);
        Set<String> unknown = columns.stream()
                .filter(column -> column.filled() || !column.missingValues().isEmpty())
                .map(CatalogColumn::name)
                .filter(column -> !values.containsKey(column))
                .collect(Collectors.toSet());
        return new OlderRows(values, unknown);
    }

    private Map<String, Object> values(String table, List<CatalogColumn> columns) throws SQLException {
        try (RowReader reader = new RowReader(config)) {
            return reader.missingValues(table, columns);
        }
    }
}
