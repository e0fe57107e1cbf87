package io.waltally.sinks.outbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.sinks.jdbc.JdbcTarget;
import io.waltally.sinks.jdbc.LoggedTables;
import io.waltally.sinks.jdbc.SinkDatabase;
import io.waltally.sinks.target.TargetException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The table {@code notification_outbox} of s3-orchestrator. Its rows are as the application itself inserts them. */
public final class OutboxTarget extends JdbcTarget {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String TABLE = "public.notification_outbox";

    private static final String EXISTS = "SELECT to_regclass('public.notification_outbox') IS NOT NULL";

    /** An identity column needs no privilege on its sequence. */
    private static final String PRIVILEGES = """
            SELECT bool_and(has_column_privilege(attrelid, attnum, 'INSERT'))
                       FILTER (WHERE attname IN ('event_type', 'payload', 'endpoint_url', 'created_at')),
                   coalesce(bool_and(has_sequence_privilege(sequence, 'USAGE, UPDATE')) FILTER (WHERE attidentity = ''), true),
                   max(sequence) FILTER (WHERE attidentity = ''),
                   quote_ident(current_user)
            FROM (SELECT *, pg_get_serial_sequence('public.notification_outbox', attname) AS sequence
                  FROM pg_attribute
                  WHERE attrelid = 'public.notification_outbox'::regclass AND attnum > 0 AND NOT attisdropped) a
            """;

    /** Sinks that have written the topic's notifications here and are no other sinks of the configuration. */
    private static final String FORMER = """
            FROM waltally.sink_positions
            WHERE topic = ? AND next_offset IS NOT NULL AND sink <> ? AND sink <> ALL (?)
            """;

    private static final String NAME_FORMER = "SELECT DISTINCT sink " + FORMER + " ORDER BY sink";

    private static final String FORGET_FORMER = "DELETE " + FORMER;

    /**
     * The worker takes rows in the order of {@code created_at} and of nothing else, so each has a time of its own: the
     * default is the same for all of a transaction. A statement takes longer than a microsecond per row, so that the
     * next one begins behind its last time.
     */
    private static final String INSERT = """
            INSERT INTO public.notification_outbox (event_type, payload, endpoint_url, created_at)
            SELECT event_type, payload::jsonb, endpoint_url,
                   statement_timestamp() + (position - 1) * interval '1 microsecond'
            FROM unnest(?::text[], ?::text[], ?::text[])
                WITH ORDINALITY AS event (event_type, payload, endpoint_url, position)
            ORDER BY position
            """;

    private final String sink;
    private final SinkDatabase database;
    private final List<OutboxEndpoint> endpoints;
    private final String topic;
    private final Set<String> others;

    private record Row(String type, String payload, String url) {}

    /**
     * @param topic of the notifications
     * @param others names of the other sinks that write notifications to the same outbox, for endpoints of their own
     */
    public OutboxTarget(
            String sink, SinkDatabase database, List<OutboxEndpoint> endpoints, String topic, Set<String> others) {
        super(sink, database);
        this.sink = sink;
        this.database = database;
        this.endpoints = List.copyOf(endpoints);
        this.topic = topic;
        this.others = Set.copyOf(others);
    }

    @Override
    protected void prepare(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet exists = statement.executeQuery(EXISTS)) {
            exists.next();
            if (!exists.getBoolean(1)) {
                throw new TargetException(
                        TargetException.Kind.MISCONFIGURED,
                        database.login().address() + " has no table public.notification_outbox: s3-orchestrator has it"
                                + " from schema version 7 on");
            }
        }
        LoggedTables.require(connection, database.login(), List.of(TABLE));
        requirePrivileges(connection);
    }

    private void requirePrivileges(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(PRIVILEGES)) {
            row.next();
            String sequence = row.getString(3);
            String role = row.getString(4);
            if (!row.getBoolean(1)) {
                throw missing(role, "add rows to", "INSERT ON public.notification_outbox");
            }
            if (!row.getBoolean(2)) {
                throw missing(role, "use the sequence of", "USAGE ON SEQUENCE " + sequence);
            }
        }
    }

    private TargetException missing(String role, String what, String privilege) {
        return TargetException.misconfigured(
                database.login().address() + ": role " + role + " may not " + what + " public.notification_outbox",
                "run waltally migrate, or GRANT " + privilege + " TO " + role);
    }

    /** A sink under a new name would write the notifications again, or leave some out. */
    @Override
    protected Optional<TargetException> obstacleToBegin(Connection connection) throws SQLException {
        try (PreparedStatement statement = former(connection, NAME_FORMER);
                ResultSet rows = statement.executeQuery()) {
            List<String> former = new ArrayList<>();
            while (rows.next()) {
                former.add(rows.getString(1));
            }
            return former.isEmpty()
                    ? Optional.empty()
                    : Optional.of(TargetException.misconfigured(
                            "%s: sink %s has inserted the notifications so far, and is not configured any more"
                                    .formatted(database.login().address(), String.join(", ", former)),
                            ("if sink %s takes its place, give it that name, with which it continues. To begin with the"
                                            + " next notification: waltally sinks resume %s --reset")
                                    .formatted(sink, sink)));
        }
    }

    private PreparedStatement former(Connection connection, String sql) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        statement.setString(1, topic);
        statement.setString(2, sink);
        statement.setArray(3, connection.createArrayOf("text", others.toArray()));
        return statement;
    }

    /**
     * Rows that were delivered are gone, so nothing can be made undone: the sink continues at the end of the topic. A
     * former sink, which has inserted less, is not to continue.
     */
    @Override
    protected void reset(Connection connection) throws SQLException {
        try (PreparedStatement statement = former(connection, FORGET_FORMER)) {
            statement.executeUpdate();
        }
    }

    @Override
    protected long apply(Connection connection, List<ConsumerRecord<byte[], byte[]>> records) throws SQLException {
        List<Row> rows = new ArrayList<>();
        records.forEach(record -> addRows(record, rows));
        if (!rows.isEmpty()) {
            insert(connection, rows);
        }
        return rows.size();
    }

    private void addRows(ConsumerRecord<byte[], byte[]> record, List<Row> rows) {
        JsonNode event = event(record);
        String type = event.path("type").textValue();
        Optional<String> subject = Optional.ofNullable(event.path("subject").textValue());
        String payload = new String(record.value(), StandardCharsets.UTF_8);
        endpoints.stream()
                .filter(endpoint -> endpoint.filter().accepts(type, subject))
                .map(OutboxEndpoint::url)
                .distinct()
                .forEach(url -> rows.add(new Row(type, payload, url)));
    }

    private static JsonNode event(ConsumerRecord<byte[], byte[]> record) {
        try {
            JsonNode event = record.value() == null ? JSON.nullNode() : JSON.readTree(record.value());
            if (event.path("type").isTextual()) {
                return event;
            }
        } catch (IOException e) {
            // The message may contain a part of the record.
            throw notAnEvent();
        }
        throw notAnEvent();
    }

    private static TargetException notAnEvent() {
        return new TargetException(
                TargetException.Kind.REFUSED, "the record is no CloudEvent in structured JSON with a type");
    }

    private void insert(Connection connection, List<Row> rows) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            statement.setArray(
                    1,
                    connection.createArrayOf(
                            "text", rows.stream().map(Row::type).toArray()));
            statement.setArray(
                    2,
                    connection.createArrayOf(
                            "text", rows.stream().map(Row::payload).toArray()));
            statement.setArray(
                    3,
                    connection.createArrayOf("text", rows.stream().map(Row::url).toArray()));
            int inserted = statement.executeUpdate();
            if (inserted < rows.size()) {
                throw new TargetException(
                        TargetException.Kind.MISCONFIGURED,
                        ("%s: table %s took %d of %d rows without an error: a trigger or rule of the table drops the"
                                        + " others; let it pass what role %s inserts")
                                .formatted(
                                        database.login().address(),
                                        TABLE,
                                        inserted,
                                        rows.size(),
                                        database.login().user()));
            }
        }
    }
}
