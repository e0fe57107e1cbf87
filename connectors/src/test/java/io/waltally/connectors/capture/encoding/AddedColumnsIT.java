package io.waltally.connectors.capture.encoding;

import static io.waltally.connectors.capture.fixture.CapturedTopics.waitFor;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.connectors.capture.Capture;
import io.waltally.connectors.capture.fixture.CaptureFixture;
import io.waltally.connectors.capture.fixture.CapturedTopics.Captured;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Source;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Adds columns of every type that the server has, with every kind of default, while capture runs. */
class AddedColumnsIT {
    private static final int MAX_COLUMNS = 130;

    /** The initial rows of every table. */
    private static final int ROWS = 1;

    @RegisterExtension
    final CaptureFixture sync = new CaptureFixture(Source.SYNC);

    private ColumnTypes types;

    private final Map<String, List<Column>> tables = new LinkedHashMap<>();

    /** By table, row and column: the first record that the stream had. */
    private final Map<String, Object> streamed = new HashMap<>();

    /** @param values that a row is given, beside the default */
    private record Column(String name, String definition, List<String> values) {}

    @Test
    void everyColumnThatIsAddedArrives() throws Exception {
        // Given
        types = ColumnTypes.make(sync);
        int index = 0;
        List<Column> all = columns();
        for (int from = 0; from < all.size(); from += MAX_COLUMNS) {
            tables.put("added_" + index++, all.subList(from, Math.min(from + MAX_COLUMNS, all.size())));
        }
        for (String table : tables.keySet()) {
            // What is longer than 24 bytes is stored out of line, for the filler stays in its row.
            sync.sql("CREATE TABLE " + table + " (id bigint PRIMARY KEY, touched integer NOT NULL DEFAULT 0,"
                    + " filler text DEFAULT repeat('x', 3000)) WITH (toast_tuple_target = 128)");
            sync.sql("ALTER TABLE " + table + " ALTER filler SET STORAGE PLAIN");
        }
        sync.captureAlso(tables.keySet().toArray(String[]::new));
        Capture capture = sync.streaming();
        for (String table : tables.keySet()) {
            sync.sql("INSERT INTO " + table + " (id) VALUES (1)");
        }
        sync.awaitCaptured(capture);
        // When
        for (Map.Entry<String, List<Column>> table : tables.entrySet()) {
            sync.sql("DELETE FROM " + table.getKey());
            sync.sql("ALTER TABLE " + table.getKey() + " "
                    + table.getValue().stream()
                            .map(column -> "ADD COLUMN " + column.name() + " " + column.definition())
                            .collect(Collectors.joining(", ")));
            writeRows(table.getKey(), table.getValue());
            await(capture, table);
        }
        // Then
        for (Map.Entry<String, List<Column>> table : tables.entrySet()) {
            assertTopicIsTable(table.getKey(), table.getValue());
        }
        // And when: what the server leaves out of an update, and a row that moves to another key
        for (Map.Entry<String, List<Column>> table : tables.entrySet()) {
            sync.sql("UPDATE " + table.getKey() + " SET touched = 1");
            await(capture, table);
            sync.sql("UPDATE " + table.getKey() + " SET id = 1002 WHERE id = 2");
            await(capture, table);
        }
        // And when
        for (String table : tables.keySet()) {
            capture.snapshot(table, List.of(), List.of());
            waitFor("snapshot of " + table, () -> {
                assertThat(capture.status().reason()).isEmpty();
                return capture.status().snapshots().isEmpty();
            });
        }
        // Then
        for (Map.Entry<String, List<Column>> table : tables.entrySet()) {
            assertTopicIsTable(table.getKey(), table.getValue());
        }
    }

    private void await(Capture capture, Map.Entry<String, List<Column>> table) throws Exception {
        var end = sync.walPosition();
        waitFor("captured " + table.getKey(), () -> {
            assertThat(capture.status().reason()).isEmpty();
            return CaptureFixture.reached(capture, end);
        });
    }

    private List<Column> columns() throws SQLException {
        List<Column> columns = new ArrayList<>();
        for (String type : types.types()) {
            List<String> values = types.values(type);
            add(
                    columns,
                    type,
                    values.stream()
                            .map(value -> ColumnTypes.literal(value) + "::" + type)
                            .toList());
            // Types that take any text need not be tried with each.
            int step = Math.max(1, values.size() / 12);
            for (int i = 0; i < values.size(); i += step) {
                String value = values.get(i);
                String literal = ColumnTypes.literal(value) + "::" + type;
                if (isDefault(type, literal)) {
                    add(columns, type + " DEFAULT " + literal, List.of());
                }
            }
            if (!values.isEmpty()) {
                String value = ColumnTypes.literal(values.get(values.size() - 1)) + "::" + type;
                if (isDefault(type, value)) {
                    add(columns, type + " NOT NULL DEFAULT " + value, List.of());
                    add(columns, type + " DEFAULT coalesce(NULL, " + value + ")", List.of());
                }
                add(columns, type + " NOT NULL", List.of(ColumnTypes.literal(values.get(0)) + "::" + type));
            }
        }
        for (String type : List.of("smallint", "integer", "bigint")) {
            add(columns, type + " GENERATED ALWAYS AS IDENTITY", List.of());
            add(columns, type + " GENERATED BY DEFAULT AS IDENTITY", List.of());
            if (sync.serverVersion() >= 18) {
                add(columns, type + " GENERATED ALWAYS AS (1 + 1) STORED", List.of());
            }
        }
        for (String definition : List.of(
                "smallserial",
                "serial",
                "bigserial",
                "numeric(5, 2)",
                "varchar(10)",
                "char(3)",
                "bit(1)",
                "bit(9)",
                "bit varying(5)",
                "timestamp(0) DEFAULT now()",
                "timestamptz(3) DEFAULT now()",
                "time(3) DEFAULT 'now'",
                "date DEFAULT current_date",
                "uuid DEFAULT gen_random_uuid()",
                "text DEFAULT current_user",
                "text COLLATE \"C\" DEFAULT 'x'",
                "numeric(5, 2)[] DEFAULT '{1.5,NaN}'",
                "interval(0) DEFAULT '1.5 s'",
                "double precision DEFAULT random()",
                "boolean DEFAULT (1 > 0)",
                "xml DEFAULT xmlelement(name a)",
                "jsonb DEFAULT jsonb_build_object('a', 1)",
                "numeric DEFAULT 'NaN'::numeric + 1",
                "text[] DEFAULT ARRAY[NULL, 'a']")) {
            add(columns, definition, List.of());
        }
        if (sync.serverVersion() >= 15) {
            add(columns, "numeric(3, -2)", List.of());
        }
        return columns;
    }

    private static void add(List<Column> columns, String definition, List<String> values) {
        columns.add(new Column("c" + columns.size(), definition, values));
    }

    private boolean isDefault(String type, String expression) {
        try {
            sync.sql("CREATE TEMPORARY TABLE tried (c " + type + " DEFAULT " + expression
                    + "); INSERT INTO tried DEFAULT VALUES; DROP TABLE tried");
            return true;
        } catch (SQLException e) {
            return false;
        }
    }

    /** One with the defaults, and as many as any column has values. */
    private void writeRows(String table, List<Column> columns) throws SQLException {
        int rows = columns.stream()
                .mapToInt(column -> column.values().size())
                .max()
                .orElse(0);
        for (int row = 0; row <= rows; row++) {
            int value = row - 1;
            Map<String, String> given = new LinkedHashMap<>();
            for (Column column : columns) {
                if (value >= 0 && value < column.values().size()) {
                    given.put(column.name(), column.values().get(value));
                } else if (column.definition().endsWith(" NOT NULL")) {
                    given.put(column.name(), column.values().get(0));
                }
            }
            sync.sql("INSERT INTO " + table + " (id"
                    + given.keySet().stream().map(name -> ", " + name).collect(Collectors.joining()) + ") VALUES ("
                    + (ROWS + 1 + row)
                    + given.values().stream().map(name -> ", " + name).collect(Collectors.joining()) + ")");
        }
    }

    private void assertTopicIsTable(String table, List<Column> columns) throws Exception {
        String topic = "sync.public." + table;
        Map<Long, Captured> captured = new TreeMap<>();
        for (Captured change : sync.read(topic).all()) {
            long id = (long) change.record().key().get("id");
            if (change.tombstone()) {
                captured.remove(id);
            } else {
                captured.put(id, change);
            }
        }
        sync.sql("SET TimeZone = 'UTC'");
        List<Long> ids = new ArrayList<>();
        try (Statement statement = sync.writer().createStatement();
                ResultSet rows = statement.executeQuery("SELECT id, "
                        + columns.stream()
                                .map(column -> "CASE WHEN num_nulls(" + column.name() + ") = 0 THEN concat("
                                        + column.name() + ") END")
                                .collect(Collectors.joining(", "))
                        + " FROM " + table + " ORDER BY id")) {
            while (rows.next()) {
                long id = rows.getLong(1);
                ids.add(id);
                assertThat(captured).as(table).containsKey(id);
                GenericRecord after = captured.get(id).after();
                JsonNode texts = texts(captured.get(id));
                for (int i = 0; i < columns.size(); i++) {
                    assertColumn(table + " " + columns.get(i), rows.getString(i + 2), after, texts, columns.get(i));
                    Object value = after.get(columns.get(i).name());
                    Object before = streamed.putIfAbsent(
                            table + " " + id % 1000 + " " + columns.get(i).name(), String.valueOf(value));
                    assertThat(String.valueOf(value))
                            .as("%s %s in a snapshot", table, columns.get(i))
                            .isEqualTo(before == null ? String.valueOf(value) : before);
                }
            }
        }
        assertThat(captured.keySet()).containsExactlyElementsOf(ids);
    }

    private static void assertColumn(String place, String sql, GenericRecord after, JsonNode texts, Column column) {
        assertThat(after.hasField(column.name())).as(place).isTrue();
        Object value = after.get(column.name());
        if (sql == null) {
            assertThat(value).as(place).isNull();
            assertThat(texts.has(column.name())).as(place).isFalse();
        } else if (value == null) {
            assertThat(texts.path(column.name()).textValue()).as(place).isEqualTo(sql);
        } else if (isText(after.getSchema().getField(column.name()).schema())) {
            assertThat(value.toString()).as(place).isEqualTo(sql);
        }
    }

    private static JsonNode texts(Captured change) throws IOException {
        Header header = change.record().headers().lastHeader(ChangeHeaders.UNREPRESENTABLE);
        return new ObjectMapper()
                .readTree(header == null ? new byte[] {'{', '}'} : header.value())
                .path("after");
    }

    private static boolean isText(Schema schema) {
        Schema type = schema.isUnion()
                ? schema.getTypes()
                        .get(IntStream.range(0, 2)
                                .filter(i -> schema.getTypes().get(i).getType() != Schema.Type.NULL)
                                .findFirst()
                                .orElseThrow())
                : schema;
        return type.getType() == Schema.Type.STRING && type.getProp("connect.name") == null;
    }
}
