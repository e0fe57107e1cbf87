package io.waltally.connectors.capture.config;

import static io.waltally.connectors.capture.fixture.CapturedTopics.waitFor;
import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.connectors.capture.Capture;
import io.waltally.connectors.capture.encoding.ColumnTypes;
import io.waltally.connectors.capture.fixture.CaptureFixture;
import io.waltally.connectors.capture.fixture.CapturedTopics;
import io.waltally.embedded.HostileSettings;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Source;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Settings of a database or role have no effect on the topics. */
class SessionSettingsIT {
    /** Of the transaction that is open only, and what the machine's limits decide. */
    private static final Set<String> NOT_SET =
            Set.of("transaction_deferrable", "transaction_isolation", "transaction_read_only", "max_stack_depth");

    private static final int MAX_COLUMNS = 130;

    /** The ids of each copy of the rows begin at a multiple of it. */
    private static final int COPY = 1_000;

    @RegisterExtension
    final CaptureFixture sync = new CaptureFixture(Source.SYNC);

    private final List<String> tables = new ArrayList<>();

    @AfterEach
    void resetTheRole() throws Exception {
        sync.admin("ALTER ROLE waltally RESET ALL");
    }

    @Test
    void rowsAreTheSameWhateverSessionsInherit() throws Exception {
        assertRowsStayTheSame(HostileSettings.values());
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
        settings.putAll(HostileSettings.values());
        assertRowsStayTheSame(settings);
    }

    private void assertRowsStayTheSame(Map<String, String> settings) throws Exception {
        // Given
        int rows = makeTables();
        sync.captureAlso(tables.toArray(String[]::new));
        String database = String.valueOf(sync.writer().getCatalog());
        Capture before = sync.streaming();
        copyRows(1);
        sync.awaitCaptured(before);
        before.close();
        Set<String> known = settingsOfServer();
        // When
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            if (!known.contains(setting.getKey().toLowerCase(Locale.ROOT))) {
                continue;
            }
            String set = " SET " + setting.getKey() + " = '" + setting.getValue() + "'";
            sync.admin("ALTER DATABASE " + database + set);
            sync.admin("ALTER ROLE waltally" + set);
            sync.admin("ALTER ROLE waltally IN DATABASE " + database + set);
        }
        copyRows(2);
        Capture after = sync.streaming();
        copyRows(3);
        sync.awaitCaptured(after);
        for (String table : tables) {
            after.snapshot(table, List.of(), List.of());
        }
        waitFor("snapshots complete", () -> {
            assertThat(after.status().reason()).isEmpty();
            return after.status().completedSnapshots().size() == tables.size();
        });
        // Then: each row from the first snapshot, from the stream, twice from the later stream, then all read again
        CapturedTopics topics =
                sync.read(tables.stream().map(Source.SYNC::topicOf).toArray(String[]::new));
        Map<String, List<String>> forms = new TreeMap<>();
        for (CapturedTopics.Captured change : topics.until(all -> all.size() >= 8 * rows * tables.size())) {
            GenericRecord row = (GenericRecord) change.record().value().get("after");
            long number = (long) row.get("id") % COPY;
            forms.computeIfAbsent(change.record().topic() + " " + number, first -> new ArrayList<>())
                    .add(encoded(row) + " " + unrepresentable(change.record()));
        }
        assertThat(forms).hasSize(rows * tables.size());
        assertThat(forms)
                .allSatisfy(
                        (row, encoded) -> assertThat(encoded).as(row).hasSize(8).containsOnly(encoded.get(0)));
    }

    /** With a column of each type, and in each row one of its values. Returns the number of rows in each table. */
    private int makeTables() throws SQLException {
        ColumnTypes types = ColumnTypes.make(sync);
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (String type : types.types()) {
            values.put(type, types.values(type));
        }
        int rows = values.values().stream().mapToInt(List::size).max().orElseThrow();
        assertThat(rows).isLessThan(COPY);
        List<String> all = List.copyOf(values.keySet());
        for (int from = 0; from < all.size(); from += MAX_COLUMNS) {
            List<String> some = all.subList(from, Math.min(from + MAX_COLUMNS, all.size()));
            String table = "everything_" + tables.size();
            tables.add(table);
            sync.sql("CREATE TABLE " + table + " (id bigint PRIMARY KEY, "
                    + IntStream.range(0, some.size())
                            .mapToObj(i -> "c" + i + " " + some.get(i))
                            .collect(Collectors.joining(", "))
                    + ")");
            for (int row = 0; row < rows; row++) {
                int number = row;
                sync.sql("INSERT INTO " + table + " VALUES (" + number
                        + some.stream()
                                .map(type -> number < values.get(type).size()
                                        ? ", "
                                                + ColumnTypes.literal(
                                                        values.get(type).get(number)) + "::" + type
                                        : ", NULL")
                                .collect(Collectors.joining())
                        + ")");
            }
        }
        return rows;
    }

    /** Copies the first rows, so that a value such as "now" is the same. */
    private void copyRows(int copy) throws SQLException {
        for (String table : tables) {
            sync.sql("CREATE TEMPORARY TABLE copied AS SELECT * FROM " + table + " WHERE id < " + COPY
                    + "; UPDATE copied SET id = id + " + copy * COPY + "; INSERT INTO " + table
                    + " SELECT * FROM copied; DROP TABLE copied");
        }
    }

    /** The bytes of the row, but its id. */
    private static String encoded(GenericRecord row) throws IOException {
        row.put("id", 0L);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        new GenericDatumWriter<GenericRecord>(row.getSchema()).write(row, encoder);
        encoder.flush();
        return HexFormat.of().formatHex(bytes.toByteArray());
    }

    private static String unrepresentable(ConsumerRecord<?, ?> record) {
        Header header = record.headers().lastHeader(ChangeHeaders.UNREPRESENTABLE);
        return header == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
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
}
