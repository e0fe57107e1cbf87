package io.waltally.sinks.replica;

import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Source;
import io.waltally.schemas.serde.RegistryAccess;
import io.waltally.sinks.jdbc.JdbcTarget;
import io.waltally.sinks.jdbc.LoggedTables;
import io.waltally.sinks.jdbc.SinkDatabase;
import io.waltally.sinks.jdbc.SinkLogin;
import io.waltally.sinks.replica.row.RowPlan;
import io.waltally.sinks.replica.row.WriterSchemas;
import io.waltally.sinks.target.CapturedRecords;
import io.waltally.sinks.target.CompletePosition;
import io.waltally.sinks.target.TargetException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Replicas of captured tables. A replica has the name, the columns and the primary key of its table, and is made if it
 * is missing; a column is added when the first record has it.
 */
public final class ReplicaTarget extends JdbcTarget {
    private final String role;
    private final SinkLogin login;
    private final String schema;
    private final WriterSchemas schemas;
    private final ReplicaProgress progress;
    private final IncompleteRows incomplete;
    private final ReplicaOwners owners;
    private final Source source;

    /** By topic. */
    private final Map<String, TableWriter> writers = new LinkedHashMap<>();

    /** Tables that did not exist when the target was prepared. */
    private final Set<String> missing = new HashSet<>();

    /**
     * Epoch of the position up to which the replicas are complete; empty if they are not filled, or it is not known.
     */
    private Optional<Integer> filled = Optional.empty();

    /** The latest epoch of the records that were applied since the last rollback. */
    private int entered = Integer.MIN_VALUE;

    /**
     * @param tables of schema {@code public} of the source
     * @param schema of the replicas, in the target
     */
    public ReplicaTarget(
            String sink,
            SinkDatabase database,
            Source source,
            List<String> tables,
            String schema,
            RegistryAccess registry) {
        super(sink, database);
        this.schema = schema;
        login = database.login();
        role = login.user();
        schemas = new WriterSchemas(registry);
        progress = new ReplicaProgress(sink, source);
        incomplete = new IncompleteRows(sink, tables);
        owners = new ReplicaOwners(sink, schema);
        this.source = source;
        StagingTables staging = new StagingTables();
        for (String table : tables) {
            writers.put(
                    source.topicOf(table),
                    new TableWriter(
                            new ReplicaTable(schema, table, role, () -> schemas.latestEnvelope(source.topicOf(table))),
                            schemas,
                            staging,
                            incomplete));
        }
    }

    @Override
    protected void prepare(Connection connection) throws SQLException {
        rolledBack();
        requireTemporaryTables(connection);
        createSchema(connection);
        requirePrivilegeForProgress(connection);
        progress.createTables(connection);
        incomplete.createTable(connection);
        owners.createTable(connection);
        LoggedTables.require(
                connection,
                login,
                List.of(
                        ReplicaProgress.NAME,
                        ReplicaProgress.EPOCHS,
                        IncompleteRows.QUALIFIED_NAME,
                        ReplicaOwners.QUALIFIED_NAME));
        missing.clear();
        for (TableWriter writer : writers.values()) {
            if (!writer.table().exists(connection)) {
                missing.add(writer.table().name());
            }
        }
        for (Map.Entry<String, TableWriter> writer : writers.entrySet()) {
            Optional<RowPlan> key = schemas.latestKey(writer.getKey());
            Optional<RowPlan> envelope = schemas.latestEnvelope(writer.getKey());
            if (key.isPresent() && envelope.isPresent()) {
                writer.getValue().table().prepare(connection, key.get(), envelope.get());
            }
        }
    }

    private void requireTemporaryTables(Connection connection) throws SQLException {
        String database = connection.getCatalog();
        if (!ReplicaTable.granted(connection, "has_database_privilege(?, 'TEMPORARY')", database)) {
            throw TargetException.misconfigured(
                    "role %s may not create temporary tables".formatted(role),
                    "GRANT TEMPORARY ON DATABASE %s TO %s".formatted(Sql.name(database), Sql.name(role)));
        }
    }

    /** The schema is the role's own, unless {@code waltally migrate} has made it: in the database of a source. */
    private void requirePrivilegeForProgress(Connection connection) throws SQLException {
        if (!(progress.hasTables(connection) && owners.hasTable(connection))
                && !ReplicaTable.granted(connection, "has_schema_privilege(?, 'CREATE')", "waltally")) {
            throw TargetException.misconfigured(
                    "role %s may not create tables in schema waltally".formatted(role),
                    "GRANT CREATE ON SCHEMA waltally TO %s".formatted(Sql.name(role)));
        }
    }

    private void createSchema(Connection connection) throws SQLException {
        if (!ReplicaTable.granted(connection, "to_regnamespace(quote_ident(?)) IS NOT NULL", schema)) {
            String create = "CREATE SCHEMA " + Sql.name(schema);
            String database = connection.getCatalog();
            if (!ReplicaTable.granted(connection, "has_database_privilege(?, 'CREATE')", database)) {
                throw TargetException.misconfigured(
                        "there is no schema %s, and role %s may not create it".formatted(Sql.name(schema), role),
                        "%s AUTHORIZATION %s".formatted(create, Sql.name(role)));
            }
            ReplicaTable.execute(connection, create);
        }
        if (!ReplicaTable.granted(connection, "has_schema_privilege(?, 'USAGE')", schema)) {
            throw TargetException.misconfigured(
                    "role %s may not use schema %s".formatted(role, Sql.name(schema)),
                    "GRANT USAGE, CREATE ON SCHEMA %s TO %s".formatted(Sql.name(schema), Sql.name(role)));
        }
    }

    @Override
    protected Optional<TargetException> obstacleToBegin(Connection connection) throws SQLException {
        for (TableWriter writer : writers.values()) {
            if (writer.table().hasRows(connection)) {
                return Optional.of(rowsOfAnother());
            }
        }
        return Optional.empty();
    }

    @Override
    protected void claimed(
            Connection connection, Set<TopicPartition> partitions, Map<TopicPartition, Long> next, boolean empty)
            throws SQLException {
        boolean hasNew = partitions.stream()
                .anyMatch(partition -> writers.containsKey(partition.topic()) && !next.containsKey(partition));
        if (!empty) {
            owners.require(
                    connection,
                    writers.values().stream()
                            .map(writer -> writer.table().name())
                            .toList(),
                    missing,
                    withRowsOfOthers(connection, partitions, next));
        }
        if (hasNew) {
            // The replica is not complete before the rows of a table that was added are in it.
            progress.forget(connection);
            filled = Optional.empty();
        }
        incomplete.askAgain();
        missing.clear();
        recordOwners(connection);
    }

    /** Tables that have rows although nothing of their topics was written. */
    private Set<String> withRowsOfOthers(
            Connection connection, Set<TopicPartition> partitions, Map<TopicPartition, Long> next) throws SQLException {
        Set<String> unwritten =
                partitions.stream().map(TopicPartition::topic).collect(Collectors.toCollection(HashSet::new));
        next.keySet().forEach(partition -> unwritten.remove(partition.topic()));
        Set<String> tables = new HashSet<>();
        for (String topic : unwritten) {
            TableWriter writer = writers.get(topic);
            if (writer != null && writer.table().hasRows(connection)) {
                tables.add(writer.table().name());
            }
        }
        return tables;
    }

    private void recordOwners(Connection connection) throws SQLException {
        for (TableWriter writer : writers.values()) {
            if (writer.table().exists(connection)) {
                owners.record(connection, writer.table().name());
            }
        }
    }

    @Override
    protected void reset(Connection connection) throws SQLException {
        // What the former sink of a table has written and not committed yet is waited for, in the order of its own
        // locks.
        for (TableWriter writer : new TreeMap<>(writers).values()) {
            if (owners.isOfAnother(connection, writer.table().name())) {
                writer.table().lockRows(connection);
            }
        }
        for (TableWriter writer : writers.values()) {
            writer.table().clear(connection);
        }
        progress.reset(connection);
        incomplete.clear(connection);
        owners.forget(connection);
        filled = Optional.empty();
        entered = Integer.MIN_VALUE;
    }

    @Override
    public Optional<TargetException> refusal(ConsumerRecord<byte[], byte[]> record) {
        return CapturedRecords.refusal(record);
    }

    @Override
    protected long apply(Connection connection, List<ConsumerRecord<byte[], byte[]>> records) throws SQLException {
        Map<String, List<ConsumerRecord<byte[], byte[]>>> byTopic = new LinkedHashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            byTopic.computeIfAbsent(record.topic(), topic -> new ArrayList<>()).add(record);
        }
        enterEpoch(connection, records);
        long rows = 0;
        for (Map.Entry<String, List<ConsumerRecord<byte[], byte[]>>> topic : byTopic.entrySet()) {
            TableWriter writer = writers.get(topic.getKey());
            rows += writer.write(connection, topic.getValue(), filled.isEmpty());
            if (writer.table().exists(connection)) {
                owners.record(connection, writer.table().name());
            }
        }
        return rows;
    }

    /** The replicas are not what an earlier incarnation of the source was once they have a row of a later one. */
    private void enterEpoch(Connection connection, List<ConsumerRecord<byte[], byte[]>> records) throws SQLException {
        int newest = records.stream().mapToInt(ReplicaTarget::epoch).reduce(entered, Math::max);
        if (newest > entered) {
            progress.enter(connection, newest);
            entered = newest;
            filled = Optional.empty();
        }
        if (filled.isEmpty()) {
            filled = progress.read(connection).map(CompletePosition::epoch);
        }
    }

    private static int epoch(ConsumerRecord<byte[], byte[]> record) {
        try {
            return ChangeHeaders.epoch(record.headers());
        } catch (IllegalArgumentException e) {
            throw new TargetException(TargetException.Kind.REFUSED, e.getMessage(), e);
        }
    }

    @Override
    protected void withdrawCompleteness(Connection connection) throws SQLException {
        progress.forget(connection);
        filled = Optional.empty();
    }

    @Override
    protected void noteSetAside(Connection connection, ConsumerRecord<byte[], byte[]> record) throws SQLException {
        writers.get(record.topic()).noteSetAside(connection, record);
    }

    @Override
    protected void complete(Connection connection, CompletePosition position) throws SQLException {
        if (progress.write(connection, position)) {
            filled = Optional.of(position.epoch());
        }
    }

    @Override
    public Optional<CompletePosition> completeTo() {
        return inTransaction(progress::read);
    }

    @Override
    public boolean recordsCompleteness() {
        return true;
    }

    @Override
    protected Optional<String> missingRows(Connection connection) throws SQLException {
        Map<String, Long> counts = incomplete.count(connection);
        if (counts.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(counts.entrySet().stream()
                        .map(table -> table.getValue() + " of " + source + "." + table.getKey())
                        .collect(Collectors.joining(", ", "rows are missing or out of date (", ")"))
                + ": the topics do not have all their values any more, or their records were set aside. To read them"
                + " again: "
                + counts.keySet().stream()
                        .map(table -> "waltally snapshot " + source + "." + table)
                        .collect(Collectors.joining("; ")));
    }

    @Override
    protected void committed() {
        writers.values().forEach(writer -> writer.table().committed());
    }

    @Override
    protected void rolledBack() {
        incomplete.askAgain();
        owners.rolledBack();
        writers.values().forEach(writer -> writer.table().forget());
        filled = Optional.empty();
        entered = Integer.MIN_VALUE;
    }
}
