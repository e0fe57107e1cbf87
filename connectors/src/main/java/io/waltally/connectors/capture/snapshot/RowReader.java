package io.waltally.connectors.capture.snapshot;

import io.debezium.DebeziumException;
import io.debezium.config.CommonConnectorConfig;
import io.debezium.config.Configuration;
import io.debezium.connector.common.CdcSourceTaskContext;
import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.PostgresOffsetContext;
import io.debezium.connector.postgresql.PostgresSchema;
import io.debezium.connector.postgresql.PostgresValueConverter;
import io.debezium.connector.postgresql.TypeRegistry;
import io.debezium.connector.postgresql.connection.PostgresConnection;
import io.debezium.relational.Column;
import io.debezium.relational.Table;
import io.debezium.relational.TableId;
import io.debezium.relational.TableSchema;
import io.debezium.spi.topic.TopicNamingStrategy;
import io.debezium.util.ColumnUtils;
import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.debezium.CaptureEngine;
import io.waltally.connectors.capture.debezium.ColumnConverters;
import io.waltally.connectors.capture.error.CaptureException;
import io.waltally.connectors.capture.error.FailureKind;
import io.waltally.connectors.capture.source.CatalogColumn;
import io.waltally.connectors.capture.source.SourceDatabase;
import io.waltally.schemas.Lsn;
import java.nio.charset.Charset;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Reads rows of tables, in the order of their primary keys, as the engine would stream them: Debezium's own converters
 * convert them to the streamed schemas. Each read is a transaction with one snapshot. Not thread-safe.
 */
public final class RowReader implements AutoCloseable {
    /** Debezium's streamed values of the infinities; no date of PostgreSQL equals one of them. */
    private static final LocalDate INFINITE_DATE = LocalDate.ofEpochDay(2_146_033_979);

    private static final LocalDate MINUS_INFINITE_DATE = LocalDate.ofEpochDay(-2_147_472_691);

    private static final int MAX_ROWS_FETCHED = 100;
    private static final long MAX_BYTES_FETCHED = 16L * 1024 * 1024;

    private final PostgresConnectorConfig connector;
    private final PostgresConnection database;
    private final ColumnConverters converters;
    private final StreamedSchema schema;
    private final String source;
    private final String publication;

    public RowReader(CaptureConfig config) throws SQLException {
        Configuration properties = Configuration.from(CaptureEngine.properties(config));
        this.source = config.source().id();
        this.publication = config.publication();
        this.connector = new PostgresConnectorConfig(properties);
        TypeRegistry types = PostgresConnection.createTypeRegistry(connector.getJdbcConfig());
        this.database = new PostgresConnection(connector, types, "waltally snapshot");
        try {
            Charset charset = database.getDatabaseCharset();
            this.converters = ColumnConverters.of(properties, charset, database.getTypeRegistry());
            this.schema = new StreamedSchema(properties, connector, database, charset, converters);
            liftLimits();
            connection().setAutoCommit(false);
        } catch (SQLException | RuntimeException e) {
            database.close();
            throw e;
        }
    }

    /** Reading a table may take longer than the application's statement timeout. */
    private void liftLimits() throws SQLException {
        try (Statement statement = connection().createStatement()) {
            statement.execute("""
                    SELECT set_config(name, '0', false) FROM pg_settings
                    WHERE name IN ('statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout')""");
        }
    }

    /**
     * Opens a snapshot of the current state.
     *
     * @param table whose rows will be read. It is locked first: a query that began before a table was rewritten or
     *     truncated, and reads it afterwards, sees no rows
     * @param lockWait how long to wait for the lock; then fails with {@link FailureKind#LOCK_NOT_AVAILABLE}
     */
    VisibleTransactions begin(String table, Duration lockWait) throws SQLException {
        return begin(Optional.empty(), List.of(table), lockWait);
    }

    /**
     * Opens an exported snapshot.
     *
     * @param tables whose rows will be read; {@link #isRewritten} says which of them cannot be read in that snapshot
     */
    void beginAt(String exportedSnapshot, List<String> tables) throws SQLException {
        begin(Optional.of(exportedSnapshot), tables, Duration.ZERO);
    }

    private VisibleTransactions begin(Optional<String> exportedSnapshot, List<String> tables, Duration lockWait)
            throws SQLException {
        connection().rollback();
        try (Statement statement = connection().createStatement()) {
            statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
            if (exportedSnapshot.isPresent()) {
                statement.execute("SET TRANSACTION SNAPSHOT '" + exportedSnapshot.get() + "'");
            }
            statement.execute("SET LOCAL lock_timeout = " + lockWait.toMillis());
            if (!tables.isEmpty()) {
                statement.execute("LOCK TABLE "
                        + tables.stream().map(table -> "public." + quote(table)).collect(Collectors.joining(", "))
                        + " IN ACCESS SHARE MODE");
            }
            try (ResultSet row = statement.executeQuery("SELECT pg_current_snapshot()::text")) {
                row.next();
                return VisibleTransactions.parse(row.getString(1));
            }
        }
    }

    /** Whether the table got new files between the snapshot and its lock, so that it looks empty. */
    boolean isRewritten(String table) throws SQLException {
        try (PreparedStatement statement = connection().prepareStatement("""
                SELECT true FROM pg_class
                WHERE oid IN (SELECT to_regclass(?) UNION SELECT relid FROM pg_partition_tree(to_regclass(?)))
                  AND relkind = 'r' AND relfilenode <> pg_relation_filenode(oid)""")) {
            statement.setString(1, "public." + quote(table));
            statement.setString(2, "public." + quote(table));
            try (ResultSet rewritten = statement.executeQuery()) {
                return rewritten.next();
            }
        }
    }

    /** Ends the snapshot. */
    void end() throws SQLException {
        connection().rollback();
    }

    /** The visibility of a new query; ends the snapshot. */
    VisibleTransactions visibleNow() throws SQLException {
        VisibleTransactions visible = begin(Optional.empty(), List.of(), Duration.ZERO);
        end();
        return visible;
    }

    /** The transactions that have not ended for queries, although they may have in the WAL; ends the snapshot. */
    Set<Long> openTransactions() throws SQLException {
        VisibleTransactions visible = begin(Optional.empty(), List.of(), Duration.ZERO);
        try (Statement statement = connection().createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_current_xact_id()::text::bigint")) {
            row.next();
            return visible.open(row.getLong(1));
        } finally {
            end();
        }
    }

    /**
     * Writes a message, so that the stream reaches the current position although no other session writes; ends the snapshot.
     * Waits for no standby.
     */
    void emitMessage() throws SQLException {
        end();
        try (Statement statement = connection().createStatement()) {
            statement.execute("SET LOCAL synchronous_commit = local");
            statement.execute(SourceDatabase.EMIT_MESSAGE);
        }
        connection().commit();
    }

    /** Every transaction in the snapshot ended before this position. */
    Lsn position() throws SQLException {
        try (Statement statement = connection().createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()::text")) {
            row.next();
            return Lsn.parse(row.getString(1));
        }
    }

    /** The number of rows as estimated by the server; 0 if unknown. */
    long estimate(String table) throws SQLException {
        try (PreparedStatement statement = connection().prepareStatement("""
                SELECT greatest(c.reltuples::bigint, s.n_live_tup, 0)
                FROM pg_class c LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
                WHERE c.oid = to_regclass('public.' || quote_ident(?))""")) {
            statement.setString(1, table);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getLong(1) : 0;
            }
        }
    }

    /**
     * The next rows of a table. To be closed before the next call.
     *
     * @param limit largest number of rows; 0: all
     * @param position LSN and time for the source block of the rows
     * @throws CaptureException if the table does not exist or has no primary key
     */
    Rows rows(TableSnapshot progress, int limit, Lsn position, Instant time) throws SQLException {
        TableId id = idOf(progress.table());
        Table table = streamed(id);
        return new Rows(table, schema.schemaFor(id), progress, limit, sourceBlock(id, position, time), time);
    }

    /**
     * The schemas of a table's records.
     *
     * @throws CaptureException if the table does not exist or has no primary key
     */
    public TableSchema schemaOf(String table) throws SQLException {
        TableId id = idOf(table);
        streamed(id);
        return schema.schemaFor(id);
    }

    private static TableId idOf(String table) {
        return new TableId(null, "public", table);
    }

    private Table streamed(TableId id) throws SQLException {
        schema.refreshAsStreamed(database, id, publishedColumns(id.table()));
        Table table = schema.tableFor(id);
        if (table == null) {
            throw new CaptureException("table " + id.table() + " cannot be read: it does not exist any more, or"
                    + " the role may not see it. Take it out of the configured tables and the publication, or restore"
                    + " it");
        }
        if (table.primaryKeyColumns().isEmpty()) {
            throw new CaptureException("table " + id.table() + " has no primary key: rows without one cannot be"
                    + " identified. Give it one, or leave it out of the captured tables");
        }
        return table;
    }

    /**
     * The missing values of columns, as the engine would stream them; without columns that were dropped meanwhile.
     *
     * @param columns each of which has one missing value
     */
    Map<String, Object> missingValues(String table, List<CatalogColumn> columns) throws SQLException {
        TableId id = idOf(table);
        Table streamed = streamed(id);
        List<CatalogColumn> known = columns.stream()
                .filter(column -> streamed.columnWithName(column.name()) != null)
                .toList();
        Map<String, Object> values = new HashMap<>();
        if (known.isEmpty()) {
            return values;
        }
        List<Column> selected = known.stream()
                .map(column -> streamed.columnWithName(column.name()))
                .toList();
        try (PreparedStatement statement = connection()
                .prepareStatement("SELECT "
                        + selected.stream().map(column -> selected(id, column)).collect(Collectors.joining(", "))
                        + " FROM (SELECT "
                        + known.stream()
                                .map(column -> "CAST(? AS " + column.type() + ") AS " + quote(column.name()))
                                .collect(Collectors.joining(", "))
                        + ") older")) {
            for (int i = 0; i < known.size(); i++) {
                statement.setObject(i + 1, known.get(i).missingValues().get(0), Types.OTHER);
            }
            try (ResultSet result = statement.executeQuery()) {
                result.next();
                Object[] row = values(streamed, selected, result, ColumnUtils.toArray(result, streamed));
                Struct converted = converted(
                        id,
                        Arrays.copyOf(
                                row, Math.max(row.length, streamed.columns().size())));
                for (CatalogColumn column : known) {
                    Object value = converted.getWithoutDefault(column.name());
                    if (value != null) {
                        values.put(column.name(), value);
                    }
                }
                return values;
            }
        }
    }

    private Struct converted(TableId id, Object[] row) {
        try {
            return schema.schemaFor(id).valueFromColumnData(row);
        } catch (DebeziumException | DataException e) {
            throw new CaptureException("values of table " + id.table() + " cannot be converted", e);
        }
    }

    /** The values of a query's current row, by the columns' positions. */
    private Object[] values(Table table, List<Column> selected, ResultSet result, ColumnUtils.ColumnArray columns)
            throws SQLException {
        Object[] row = database.rowToArray(table, result, columns);
        for (int i = 0; i < selected.size(); i++) {
            int place = selected.get(i).position() - 1;
            if (row[place] instanceof java.sql.Date) {
                // It has no era, and its infinities differ from those of the stream.
                LocalDate date = result.getObject(i + 1, LocalDate.class);
                row[place] = date.equals(LocalDate.MAX)
                        ? INFINITE_DATE
                        : date.equals(LocalDate.MIN) ? MINUS_INFINITE_DATE : date;
            }
        }
        return row;
    }

    /** The text of a value. The driver interprets some unknown types: it opens a refcursor. */
    private String selected(TableId table, Column column) {
        return converters.isText(table, column) ? quoted(column) + "::text AS " + quoted(column) : quoted(column);
    }

    private static String quoted(Column column) {
        return quote(column.name());
    }

    private static String quote(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    /** Reads fewer rows at a time if they are large, as far as the server can estimate. */
    private int fetchSize(String table) throws SQLException {
        try (PreparedStatement statement = connection().prepareStatement("""
                SELECT CASE WHEN reltuples > 0 THEN pg_table_size(oid) / reltuples ELSE 0 END
                FROM pg_class WHERE oid = to_regclass('public.' || quote_ident(?))""")) {
            statement.setString(1, table);
            try (ResultSet row = statement.executeQuery()) {
                double bytes = row.next() ? Math.max(1, row.getDouble(1)) : 1;
                return (int) Math.max(1, Math.min(MAX_ROWS_FETCHED, MAX_BYTES_FETCHED / bytes));
            }
        }
    }

    /** Generated columns are published if they are stored, and if publication and server support it. */
    private Set<String> publishedColumns(String table) throws SQLException {
        try (PreparedStatement statement = connection().prepareStatement("""
                SELECT attname FROM pg_attribute
                WHERE attrelid = to_regclass('public.' || quote_ident(?)) AND attnum > 0 AND NOT attisdropped
                  AND (attgenerated = '' OR attgenerated = 's'
                       AND EXISTS (SELECT FROM pg_publication p
                                   WHERE pubname = ? AND to_jsonb(p) ->> 'pubgencols' = 's'))""")) {
            statement.setString(1, table);
            statement.setString(2, publication);
            Set<String> columns = new HashSet<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    columns.add(rows.getString(1));
                }
            }
            return columns;
        }
    }

    /**
     * The types of a table's columns as a cast names them: quoted, with their schema where that is needed. Without
     * length, to which a cast would cut a value off.
     */
    private Map<String, String> typesOf(String table) throws SQLException {
        try (PreparedStatement statement = connection().prepareStatement("""
                SELECT attname, format_type(atttypid, -1) FROM pg_attribute
                WHERE attrelid = to_regclass('public.' || quote_ident(?)) AND attnum > 0 AND NOT attisdropped""")) {
            statement.setString(1, table);
            Map<String, String> types = new HashMap<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    types.put(rows.getString(1), rows.getString(2));
                }
            }
            return types;
        }
    }

    private Struct sourceBlock(TableId id, Lsn position, Instant time) {
        PostgresOffsetContext offset = new PostgresOffsetContext.Loader(connector).load(Map.of());
        var lsn = io.debezium.connector.postgresql.connection.Lsn.valueOf(position.value());
        offset.preSnapshotStart(false);
        offset.updateCommitPosition(lsn, lsn);
        offset.updateWalPosition(lsn, lsn, time, null, null, id, null);
        return offset.getSourceInfo();
    }

    private Connection connection() throws SQLException {
        return database.connection();
    }

    @Override
    public void close() {
        database.close();
    }

    /** The rows of a query. */
    final class Rows implements AutoCloseable {
        private final Table table;
        private final TableSchema tableSchema;
        private final Struct sourceBlock;
        private final Instant time;
        private final PreparedStatement statement;
        private final ResultSet result;
        private final ColumnUtils.ColumnArray columns;
        private final int[] keyColumns;

        private Rows(
                Table table,
                TableSchema tableSchema,
                TableSnapshot progress,
                int limit,
                Struct sourceBlock,
                Instant time)
                throws SQLException {
            this.table = table;
            this.tableSchema = tableSchema;
            this.sourceBlock = sourceBlock;
            this.time = time;
            this.keyColumns = table.primaryKeyColumnNames().stream()
                    .mapToInt(name -> table.columns().indexOf(table.columnWithName(name)) + 1)
                    .toArray();
            List<String> values = new ArrayList<>();
            this.statement = connection().prepareStatement(query(progress, limit, values));
            try {
                for (int i = 0; i < values.size(); i++) {
                    statement.setString(i + 1, values.get(i));
                }
                statement.setFetchSize(fetchSize(table.id().table()));
                this.result = statement.executeQuery();
                this.columns = ColumnUtils.toArray(result, table);
            } catch (SQLException | RuntimeException e) {
                statement.close();
                throw e;
            }
        }

        private String query(TableSnapshot progress, int limit, List<String> values) throws SQLException {
            List<String> conditions = new ArrayList<>();
            if (!progress.lastKey().isEmpty()) {
                conditions.add(compare(">", progress.lastKey(), values));
            } else if (!progress.from().isEmpty()) {
                conditions.add(compare(">=", progress.from(), values));
            }
            if (!progress.to().isEmpty()) {
                conditions.add(compare("<", progress.to(), values));
            }
            return "SELECT "
                    + table.columns().stream()
                            .map(column -> selected(table.id(), column))
                            .collect(Collectors.joining(", "))
                    + " FROM public." + quote(table.id().table())
                    + (conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions))
                    + " ORDER BY "
                    + table.primaryKeyColumns().stream().map(RowReader::quoted).collect(Collectors.joining(", "))
                    + (limit > 0 ? " LIMIT " + limit : "");
        }

        /** Compares as many of the key's first columns as there are values. */
        private String compare(String operator, List<String> key, List<String> values) throws SQLException {
            List<Column> compared = table.primaryKeyColumns();
            if (key.size() > compared.size()) {
                throw new CaptureException("the primary key of " + table.id().table() + " has " + compared.size()
                        + " columns, not " + key.size() + ": " + String.join(", ", table.primaryKeyColumnNames()));
            }
            compared = compared.subList(0, key.size());
            values.addAll(key);
            Map<String, String> types = typesOf(table.id().table());
            return "(" + compared.stream().map(RowReader::quoted).collect(Collectors.joining(", ")) + ") " + operator
                    + " ("
                    + compared.stream()
                            .map(column -> "CAST(? AS " + types.get(column.name()) + ")")
                            .collect(Collectors.joining(", "))
                    + ")";
        }

        boolean next() throws SQLException {
            return result.next();
        }

        /** The row as a record of the table's topic; it has no offset. */
        SourceRecord record() throws SQLException {
            Object[] row = values(table, table.columns(), result, columns);
            return new SourceRecord(
                    Map.of(),
                    Map.of(),
                    source + ".public." + table.id().table(),
                    null,
                    tableSchema.keySchema(),
                    tableSchema.keyFromColumnData(row),
                    tableSchema.getEnvelopeSchema().schema(),
                    tableSchema.getEnvelopeSchema().read(tableSchema.valueFromColumnData(row), sourceBlock, time));
        }

        /** The row's primary key in PostgreSQL's text form. */
        List<String> key() throws SQLException {
            List<String> key = new ArrayList<>(keyColumns.length);
            for (int column : keyColumns) {
                key.add(result.getString(column));
            }
            return key;
        }

        @Override
        public void close() throws SQLException {
            statement.close();
        }
    }

    /** Gives access to protected members of Debezium's class. */
    private static final class StreamedSchema extends PostgresSchema {
        StreamedSchema(
                Configuration properties,
                PostgresConnectorConfig connector,
                PostgresConnection database,
                Charset charset,
                ColumnConverters converters) {
            super(
                    new CdcSourceTaskContext<>(properties, connector, Map.of()),
                    database.getDefaultValueConverter(),
                    topicNaming(connector),
                    PostgresValueConverter.of(connector, charset, database.getTypeRegistry()),
                    converters);
        }

        @SuppressWarnings("unchecked")
        private static TopicNamingStrategy<TableId> topicNaming(PostgresConnectorConfig connector) {
            return connector.getTopicNamingStrategy(CommonConnectorConfig.TOPIC_NAMING_STRATEGY);
        }

        /** The columns that pgoutput sends, and no others. */
        void refreshAsStreamed(PostgresConnection connection, TableId id, Set<String> published) throws SQLException {
            refresh(connection, id, false);
            Table table = tableFor(id);
            if (table != null) {
                tables().overwriteTable(table.edit()
                        .setColumns(table.filterColumns(column -> published.contains(column.name())))
                        .create());
                refreshSchema(id);
            }
        }
    }
}
