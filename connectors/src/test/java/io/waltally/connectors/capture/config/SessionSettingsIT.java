package io.waltally.connectors.capture.config;

import static io.waltally.connectors.capture.CapturedTopics.waitFor;
import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.connectors.capture.Capture;
import io.waltally.connectors.capture.CaptureFixture;
import io.waltally.connectors.capture.CapturedTopics;
import io.waltally.schemas.Source;
import java.nio.ByteBuffer;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Settings of a database or role have no effect on the topics. */
class SessionSettingsIT {
    private static final Map<String, String> WORST = Map.ofEntries(
            Map.entry("bytea_output", "escape"),
            Map.entry("DateStyle", "SQL, DMY"),
            Map.entry("IntervalStyle", "iso_8601"),
            Map.entry("TimeZone", "Asia/Kathmandu"),
            Map.entry("extra_float_digits", "-15"),
            Map.entry("lc_monetary", "POSIX"),
            Map.entry("client_encoding", "LATIN1"),
            Map.entry("xmlbinary", "hex"),
            Map.entry("xmloption", "document"),
            Map.entry("array_nulls", "off"),
            Map.entry("quote_all_identifiers", "on"),
            Map.entry("standard_conforming_strings", "off"),
            Map.entry("search_path", "nowhere"),
            Map.entry("row_security", "off"),
            Map.entry("statement_timeout", "1ms"),
            Map.entry("lock_timeout", "1ms"),
            Map.entry("idle_in_transaction_session_timeout", "1ms"),
            Map.entry("idle_session_timeout", "1ms"),
            // Off from the second statement of a session on.
            Map.entry("transaction_timeout", "100ms"),
            Map.entry("default_transaction_isolation", "serializable"),
            Map.entry("default_transaction_read_only", "on"),
            Map.entry("default_transaction_deferrable", "on"),
            Map.entry("jit_above_cost", "0"),
            Map.entry("synchronous_commit", "off"));

    /** Of the transaction that is open only, and what the machine's limits decide. */
    private static final Set<String> NOT_SET =
            Set.of("transaction_deferrable", "transaction_isolation", "transaction_read_only", "max_stack_depth");

    private static final String ROW = """
            INSERT INTO everything (ratio, single, price, name, body, document, at, moment, day, clock, length, cost, note,
                tags, numbers, address, bits, range)
            VALUES (0.1 + 0.2, 1.1, 12.3400, 'Zürich 漢', '\\xdeadbeef00', '{"a": [1, null]}',
                '2024-02-29 23:59:59.123456+05:45', '0044-03-15 12:00 BC', '2024-02-03', '23:59:59.999999',
                '1 year 2 mons 3 days 04:05:06.789', 1234.56, '<a>b</a>', ARRAY['x', NULL, 'null'], ARRAY[1, NULL, 3],
                '10.0.0.1/8', B'1010', '[1,5)')""";

    @RegisterExtension
    final CaptureFixture sync = new CaptureFixture(Source.SYNC);

    @AfterEach
    void resetTheRole() throws Exception {
        sync.admin("ALTER ROLE waltally RESET ALL");
    }

    @Test
    void rowsAreTheSameWhateverSessionsInherit() throws Exception {
        assertRowsStayTheSame(WORST);
    }

    /** Every setting of a database or role, at its lowest and at its highest value. */
    @ParameterizedTest
    @ValueSource(strings = {"min_val", "max_val"})
    void rowsAreTheSameWithAnySettingAtItsEnd(String end) throws Exception {
        Map<String, String> settings = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        try (Statement statement = sync.writer().createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT name, CASE vartype
                            WHEN 'bool' THEN CASE boot_val WHEN 'on' THEN 'off' ELSE 'on' END
                            WHEN 'enum' THEN (SELECT %s(value) FROM unnest(enumvals) AS value WHERE value <> boot_val)
                            ELSE %s END AS value
                        FROM pg_settings
                        WHERE context IN ('user', 'superuser') AND vartype <> 'string'""".formatted(end.substring(0, 3), end))) {
            while (row.next()) {
                // An enum that has one value in this build has no other one.
                if (row.getString("value") != null) {
                    settings.put(row.getString("name"), row.getString("value"));
                }
            }
        }
        assertThat(settings).hasSizeGreaterThan(100);
        settings.keySet().removeAll(NOT_SET);
        settings.putAll(WORST);
        assertRowsStayTheSame(settings);
    }

    private void assertRowsStayTheSame(Map<String, String> settings) throws Exception {
        // Given
        sync.sql("""
                CREATE TABLE everything (
                    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
                    ratio double precision, single real, price numeric(20, 4), name text, body bytea, document jsonb,
                    at timestamptz, moment timestamp, day date, clock time, length interval, cost money, note xml,
                    tags text[], numbers integer[], address inet, bits bit(4), range int4range)""");
        sync.captureAlso("everything");
        String database = String.valueOf(sync.writer().getCatalog());
        sync.sql(ROW);
        Capture before = sync.streaming();
        sync.sql(ROW);
        sync.awaitCaptured(before);
        before.close();
        Set<String> known = settingsOfServer();
        // When
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            if (!known.contains(setting.getKey().toLowerCase(Locale.ROOT))) {
                continue;
            }
            String set = " SET " + setting.getKey() + " = "
                    + (setting.getKey().equals("DateStyle") ? setting.getValue() : "'" + setting.getValue() + "'");
            sync.admin("ALTER DATABASE " + database + set);
            sync.admin("ALTER ROLE waltally" + set);
            sync.admin("ALTER ROLE waltally IN DATABASE " + database + set);
        }
        sync.sql(ROW);
        Capture after = sync.streaming();
        sync.sql(ROW);
        sync.awaitCaptured(after);
        after.snapshot("everything", List.of(), List.of());
        // Then: row 1 from the first snapshot, 2 from the stream, 3 and 4 from the later stream, then all read again
        CapturedTopics topics = sync.read("sync.public.everything");
        topics.until(all -> all.size() >= 8);
        waitFor("snapshot complete", () -> after.status().snapshots().isEmpty());
        assertThat(after.status().reason()).isEmpty();
        List<Map<String, Object>> rows = topics.until(all -> all.size() >= 8).stream()
                .map(change -> change.record().value())
                .map(SessionSettingsIT::columns)
                .toList();
        assertThat(rows).hasSize(8);
        assertThat(IntStream.range(1, rows.size()).mapToObj(rows::get))
                .allSatisfy(row -> assertThat(row).isEqualTo(rows.get(0)));
    }

    private Set<String> settingsOfServer() throws SQLException {
        Set<String> names = new HashSet<>();
        try (Statement statement = sync.writer().createStatement();
                ResultSet row = statement.executeQuery("SELECT lower(name) FROM pg_settings")) {
            while (row.next()) {
                names.add(row.getString(1));
            }
        }
        return names;
    }

    private static Map<String, Object> columns(GenericRecord envelope) {
        GenericRecord row = (GenericRecord) envelope.get("after");
        return row.getSchema().getFields().stream()
                .filter(field -> !field.name().equals("id"))
                .collect(Collectors.toMap(field -> field.name(), field -> text(row.get(field.name()))));
    }

    private static String text(Object value) {
        if (!(value instanceof ByteBuffer buffer)) {
            return String.valueOf(value);
        }
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
