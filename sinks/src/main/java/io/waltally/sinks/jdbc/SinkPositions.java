package io.waltally.sinks.jdbc;

import io.waltally.sinks.target.ResetRequest;
import io.waltally.sinks.target.StartOffsets;
import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.WriterClaim;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * The positions of a sink in its target database. Each partition has an epoch, which a claim increases: the former
 * writer's transaction then finds its epoch gone, and does not commit. Nor does a transaction that finds another
 * position than the last one that this writer committed: the server has lost transactions since, together with their
 * rows.
 */
final class SinkPositions {
    /** The tables, which the migration {@code db/waltally} creates, too, in databases that {@code migrate} prepares. */
    static final List<String> TABLES = List.of("""
            CREATE SCHEMA IF NOT EXISTS waltally
            """, """
            CREATE TABLE IF NOT EXISTS waltally.sinks (
                sink       text PRIMARY KEY,
                cluster_id text NOT NULL,
                reset_id   text NOT NULL
            )
            """, """
            CREATE TABLE IF NOT EXISTS waltally.sink_positions (
                sink        text NOT NULL,
                topic       text NOT NULL,
                partition   integer NOT NULL,
                topic_id    text NOT NULL,
                epoch       bigint NOT NULL,
                next_offset bigint,
                updated_at  timestamptz NOT NULL DEFAULT now(),
                PRIMARY KEY (sink, topic, partition)
            )
            """);

    /** The names of the tables. */
    static final List<String> NAMES = List.of("waltally.sinks", "waltally.sink_positions");

    private static final String EXIST =
            "SELECT to_regclass('waltally.sinks') IS NOT NULL AND to_regclass('waltally.sink_positions') IS NOT NULL";

    private static final String PRIVILEGES = """
            SELECT bool_and(has_table_privilege(r.name, p.name)), quote_ident(current_user)
            FROM unnest(ARRAY['waltally.sinks', 'waltally.sink_positions']) AS r (name),
                 unnest(ARRAY['SELECT', 'INSERT', 'UPDATE']) AS p (name)
            """;
    private static final String REGISTER = """
            INSERT INTO waltally.sinks (sink, cluster_id, reset_id) VALUES (?, ?, ?) ON CONFLICT (sink) DO NOTHING
            """;
    /** Claims of other instances wait, so that one of them follows a request, and the others see that it was followed. */
    private static final String FOLLOWED = """
            SELECT reset_id FROM waltally.sinks WHERE sink = ? FOR UPDATE
            """;

    private static final String FOLLOW = """
            UPDATE waltally.sinks SET cluster_id = ?, reset_id = ? WHERE sink = ?
            """;
    private static final String REGISTERED = "SELECT EXISTS (SELECT FROM waltally.sinks WHERE sink = ?)";
    private static final String KNOWN = """
            SELECT EXISTS (SELECT FROM waltally.sink_positions
                           WHERE sink = ? AND topic = ANY (?) AND next_offset IS NOT NULL)
            """;
    private static final String LAST_WRITTEN = """
            SELECT max(updated_at) FROM waltally.sink_positions WHERE sink = ? AND next_offset IS NOT NULL
            """;
    private static final String NOW = "SELECT now()";
    private static final String FORGET = """
            DELETE FROM waltally.sink_positions WHERE sink = ?
            """;
    private static final String CLUSTER = """
            SELECT cluster_id FROM waltally.sinks WHERE sink = ?
            """;
    private static final String CLAIM = """
            INSERT INTO waltally.sink_positions AS p (sink, topic, partition, topic_id, epoch)
            SELECT ?, topic, partition, topic_id, extract(epoch FROM clock_timestamp())::bigint * 1000
            FROM unnest(?::text[], ?::integer[], ?::text[]) AS claimed (topic, partition, topic_id)
            ORDER BY topic, partition
            ON CONFLICT (sink, topic, partition) DO UPDATE SET epoch = p.epoch + 1
            RETURNING topic, partition, topic_id, epoch, next_offset
            """;
    private static final String START = """
            INSERT INTO waltally.sink_positions AS p (sink, topic, partition, topic_id, epoch, next_offset)
            SELECT ?, topic, partition, topic_id, extract(epoch FROM clock_timestamp())::bigint * 1000, next_offset
            FROM unnest(?::text[], ?::integer[], ?::text[], ?::bigint[])
                AS started (topic, partition, topic_id, next_offset)
            ORDER BY topic, partition
            ON CONFLICT (sink, topic, partition) DO UPDATE
            SET topic_id = excluded.topic_id, epoch = p.epoch + 1, next_offset = excluded.next_offset
            WHERE p.next_offset IS NULL
            """;
    private static final String ADVANCE = """
            UPDATE waltally.sink_positions p
            SET next_offset = moved.next_offset, updated_at = now()
            FROM unnest(?::text[], ?::integer[], ?::bigint[], ?::bigint[], ?::bigint[])
                AS moved (topic, partition, next_offset, epoch, before)
            WHERE p.sink = ? AND p.topic = moved.topic AND p.partition = moved.partition AND p.epoch = moved.epoch
              AND p.next_offset IS NOT DISTINCT FROM moved.before
            """;
    private static final String ALL = """
            SELECT topic, partition, next_offset, updated_at
            FROM waltally.sink_positions
            WHERE sink = ? AND topic = ANY (?) AND next_offset IS NOT NULL
            """;

    private static final Claimed NOT_CLAIMED = new Claimed(-1, Optional.empty());

    private final String sink;
    private final SinkLogin login;
    private final Map<TopicPartition, Claimed> claims = new HashMap<>();

    /** @param next the last position that was committed; empty if there was none */
    private record Claimed(long epoch, Optional<Long> next) {}

    SinkPositions(String sink, SinkLogin login) {
        this.sink = sink;
        this.login = login;
    }

    /** Creates the tables if they are missing, in the open transaction. */
    static void createTables(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            try (ResultSet exist = statement.executeQuery(EXIST)) {
                exist.next();
                if (exist.getBoolean(1)) {
                    return;
                }
            }
            for (String table : TABLES) {
                statement.execute(table);
            }
        }
    }

    /** The tables of a sink. */
    interface Tables {
        /**
         * Returns why a sink that the target does not know cannot begin: another sink wrote the same rows, which must be
         * written once. Empty if it can begin.
         */
        Optional<TargetException> obstacleToBegin(Connection connection) throws SQLException;

        /** Makes the tables as if nothing had been written. */
        void reset(Connection connection) throws SQLException;
    }

    /** @throws TargetException if the role may not write the tables */
    static void requirePrivileges(Connection connection, SinkLogin login) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(PRIVILEGES)) {
            row.next();
            if (!row.getBoolean(1)) {
                String role = row.getString(2);
                throw TargetException.misconfigured(
                        login.address() + ": role " + role + " may not write the positions of sinks",
                        "run waltally migrate, or GRANT SELECT, INSERT, UPDATE, DELETE ON waltally.sinks,"
                                + " waltally.sink_positions TO " + role);
            }
        }
    }

    /**
     * Follows a new request to read the topics again, in the open transaction of the connection.
     *
     * @return whether the tables are as if nothing had been written
     * @throws TargetException if the target does not know the sink, and it cannot begin
     */
    boolean begin(Connection connection, WriterClaim claim, Tables tables) throws SQLException {
        boolean registered = update(connection, REGISTER, sink, claim.clusterId(), "") > 0;
        String followed = followed(connection);
        Optional<ResetRequest> request = claim.reset().filter(last -> last.isLaterThan(followed));
        boolean isNew = registered || !isKnown(connection, claim.topics());
        Optional<Instant> written = isNew ? time(connection, NOW) : time(connection, LAST_WRITTEN, sink);
        if (request.filter(made -> made.isAfter(written.orElse(Instant.EPOCH))).isPresent()) {
            update(connection, FOLLOW, claim.clusterId(), request.orElseThrow().id(), sink);
            update(connection, FORGET, sink);
            tables.reset(connection);
            start(connection, claim.start().afterReset());
            return true;
        }
        if (!isNew) {
            return false;
        }
        Optional<TargetException> obstacle = tables.obstacleToBegin(connection);
        if (obstacle.isPresent()) {
            throw obstacle.get();
        }
        update(
                connection,
                FOLLOW,
                claim.clusterId(),
                request.map(ResetRequest::id).orElse(followed),
                sink);
        start(connection, claim.start().first());
        return true;
    }

    private String followed(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(FOLLOWED)) {
            statement.setString(1, sink);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        }
    }

    /** Whether the target knows the sink. */
    boolean isRegistered(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(REGISTERED)) {
            statement.setString(1, sink);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    private boolean isKnown(Connection connection, Set<String> topics) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(KNOWN)) {
            statement.setString(1, sink);
            statement.setArray(2, array(connection, "text", topics, topic -> topic));
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    private void start(Connection connection, Map<TopicPartition, StartOffsets.Start> starts) throws SQLException {
        if (starts.isEmpty()) {
            return;
        }
        List<TopicPartition> partitions = List.copyOf(starts.keySet());
        try (PreparedStatement statement = connection.prepareStatement(START)) {
            bind(statement, partitions, partition -> starts.get(partition).topicId());
            statement.setArray(
                    5,
                    array(
                            connection,
                            "int8",
                            partitions,
                            partition -> starts.get(partition).next()));
            statement.executeUpdate();
        }
    }

    /** Sets the first four parameters: the sink, topics, partitions and ids of topics. */
    private void bind(
            PreparedStatement statement, List<TopicPartition> partitions, Function<TopicPartition, Uuid> topicId)
            throws SQLException {
        Connection connection = statement.getConnection();
        statement.setString(1, sink);
        statement.setArray(2, array(connection, "text", partitions, TopicPartition::topic));
        statement.setArray(3, array(connection, "int4", partitions, TopicPartition::partition));
        statement.setArray(
                4,
                array(
                        connection,
                        "text",
                        partitions,
                        partition -> topicId.apply(partition).toString()));
    }

    private static Optional<Instant> time(Connection connection, String query, String... parameters)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return Optional.ofNullable(row.getTimestamp(1)).map(Timestamp::toInstant);
            }
        }
    }

    /**
     * Claims partitions in the open transaction of the connection, after {@link #begin}.
     *
     * @return the offset of the next record to be read; absent for partitions that were never written
     */
    Map<TopicPartition, Long> claim(Connection connection, WriterClaim claim) throws SQLException {
        requireSameCluster(connection, claim);
        Map<TopicPartition, Long> known = new HashMap<>();
        Map<TopicPartition, Claimed> claimed = new HashMap<>();
        List<TopicPartition> partitions = List.copyOf(claim.partitions().keySet());
        try (PreparedStatement statement = connection.prepareStatement(CLAIM)) {
            bind(statement, partitions, claim.partitions()::get);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    TopicPartition partition = new TopicPartition(rows.getString(1), rows.getInt(2));
                    requireSameTopic(claim, partition, rows.getString(3));
                    Optional<Long> next = Optional.ofNullable(rows.getObject(5, Long.class));
                    claimed.put(partition, new Claimed(rows.getLong(4), next));
                    next.ifPresent(offset -> known.put(partition, offset));
                }
            }
        }
        claims.putAll(claimed);
        return known;
    }

    private void requireSameCluster(Connection connection, WriterClaim claim) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(CLUSTER)) {
            statement.setString(1, sink);
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                if (!rows.getString(1).equals(claim.clusterId())) {
                    throw foreign("of Kafka cluster " + rows.getString(1) + ", and this is " + claim.clusterId());
                }
            }
        }
    }

    private void requireSameTopic(WriterClaim claim, TopicPartition partition, String topicId) {
        String actual = claim.partitions().get(partition).toString();
        if (!topicId.equals(actual)) {
            throw foreign("of topic " + partition.topic() + " with id " + topicId + ", and this one has id " + actual
                    + ": it was deleted and made again");
        }
    }

    private TargetException foreign(String difference) {
        return new TargetException(
                TargetException.Kind.FOREIGN,
                "%s: the positions of sink %s are %s. To read the topics again from the beginning: waltally sinks resume %s --reset"
                        .formatted(login.address(), sink, difference, sink));
    }

    /**
     * Advances positions in the open transaction of the connection.
     *
     * @throws TargetException FENCED if another instance has claimed one, or the server has lost the last one
     */
    void advance(Connection connection, Map<TopicPartition, Long> next) throws SQLException {
        if (next.isEmpty()) {
            return;
        }
        List<TopicPartition> partitions = List.copyOf(next.keySet());
        try (PreparedStatement statement = connection.prepareStatement(ADVANCE)) {
            statement.setArray(1, array(connection, "text", partitions, TopicPartition::topic));
            statement.setArray(2, array(connection, "int4", partitions, TopicPartition::partition));
            statement.setArray(3, array(connection, "int8", partitions, next::get));
            statement.setArray(
                    4,
                    array(
                            connection,
                            "int8",
                            partitions,
                            partition -> claimed(partition).epoch()));
            statement.setArray(
                    5,
                    array(
                            connection,
                            "int8",
                            partitions,
                            partition -> claimed(partition).next().orElse(null)));
            statement.setString(6, sink);
            if (statement.executeUpdate() < partitions.size()) {
                throw new TargetException(
                        TargetException.Kind.FENCED,
                        "another instance of sink " + sink + " has claimed partitions of this one, or "
                                + login.address() + " has lost transactions that it had committed");
            }
        }
    }

    private Claimed claimed(TopicPartition partition) {
        return claims.getOrDefault(partition, NOT_CLAIMED);
    }

    /** The transaction that advanced positions was committed. */
    void committed(Map<TopicPartition, Long> next) {
        next.forEach((partition, offset) -> claims.computeIfPresent(
                partition, (unused, claimed) -> new Claimed(claimed.epoch(), Optional.of(offset))));
    }

    Map<TopicPartition, Long> all(Connection connection, Set<String> topics) throws SQLException {
        return read(connection, topics, rows -> rows.getLong(3));
    }

    /** The times when each position was last advanced or confirmed, by the clock of the target's server. */
    Map<TopicPartition, Instant> confirmedAt(Connection connection, Set<String> topics) throws SQLException {
        return read(connection, topics, rows -> rows.getTimestamp(4).toInstant());
    }

    @FunctionalInterface
    private interface Column<T> {
        T of(ResultSet rows) throws SQLException;
    }

    private <T> Map<TopicPartition, T> read(Connection connection, Set<String> topics, Column<T> column)
            throws SQLException {
        Map<TopicPartition, T> positions = new HashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(ALL)) {
            statement.setString(1, sink);
            statement.setArray(2, array(connection, "text", topics, topic -> topic));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    positions.put(new TopicPartition(rows.getString(1), rows.getInt(2)), column.of(rows));
                }
            }
        }
        return positions;
    }

    void release(Collection<TopicPartition> partitions) {
        claims.keySet().removeAll(partitions);
    }

    private static <T> Array array(
            Connection connection, String type, Collection<T> items, Function<T, @Nullable Object> value)
            throws SQLException {
        List<@Nullable Object> values = new ArrayList<>(items.size());
        items.forEach(item -> values.add(value.apply(item)));
        return connection.createArrayOf(type, values.toArray());
    }

    private static int update(Connection connection, String sql, String... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            return statement.executeUpdate();
        }
    }
}
