package io.waltally.sinks.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.Source;
import io.waltally.sinks.engine.SinkRunner;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Values of all mapped types, through capture, by a snapshot and by the stream. */
@Timeout(600)
class ReplicatedTypesIT {
    private static final String TABLE = "all_types";

    /** Its first row is older than all other columns. */
    private static final String AGED = "aged";

    /** Numbers that are none, and arrays of several dimensions: a schema has no default with them. */
    private static final Pattern INEXPRESSIBLE = Pattern.compile(".*(NaN|Infinity)|\\{\\{");

    /**
     * A column.
     *
     * @param mapped its type in the replica
     * @param expected of the replica, in terms of the source's column; null if only NULL is compared
     */
    private record Column(
            String type,
            String mapped,
            List<String> values,
            @Nullable String expected) {
        Column(String type, String mapped, String... values) {
            this(type, mapped, List.of(values), "concat(%s)");
        }

        Column expecting(@Nullable String expression) {
            return new Column(type, mapped, values, expression);
        }
    }

    private static final List<Column> COLUMNS = List.of(
            new Column("smallint", "smallint", "0", "-32768", "32767"),
            new Column("integer", "integer", "0", "-2147483648", "2147483647"),
            new Column("bigint", "bigint", "0", "-9223372036854775808", "9223372036854775807", "1000000000000000000"),
            new Column("oid", "bigint", "0", "4294967295"),
            new Column("boolean", "boolean", "t", "f"),
            new Column("bit(1)", "boolean", "1", "0")
                    .expecting("CASE %1$s WHEN '1' THEN 't' WHEN '0' THEN 'f' ELSE '' END"),
            new Column("real", "real", "0", "-0", "1.17549435e-38", "3.4028235e38", "NaN", "-Infinity", "0.1"),
            new Column(
                    "double precision",
                    "double precision",
                    "0.1",
                    "5e-324",
                    "1.7976931348623157e308",
                    "NaN",
                    "Infinity"),
            new Column("numeric(12, 4)", "numeric", "0", "-99999999.9999", "1.5", "NaN"),
            new Column("numeric", "numeric", "0", "123456789012345678901234567890.123456789", "-0.00001", "NaN", "1e40")
                    .expecting("concat(trim_scale(%s))"),
            new Column("numeric", "numeric", "Infinity", "-Infinity"),
            new Column("money", "numeric", "12.34", "-0.5").expecting("concat(%s::numeric)"),
            new Column("text", "text", "", "\\N", "a\tb\nc\rd\\e\\\\.", "\\.", "Zürich 漢 𝄞", "'\"{},", "${a}"),
            new Column("varchar(10)", "text", "", "  x  "),
            new Column("char(5)", "text", "ab"),
            new Column("name", "text", "abc"),
            new Column("\"char\"", "text", "x"),
            new Column("bytea", "bytea", "", "\\x00ff5c0a09", "\\x5c5c"),
            new Column(
                    "date",
                    "date",
                    "2024-02-29",
                    "0001-01-01",
                    "0044-03-15 BC",
                    "4713-01-01 BC",
                    "5874897-12-31",
                    "infinity",
                    "-infinity",
                    "1969-12-31",
                    "2000-03-01",
                    "1900-02-28"),
            new Column("time", "time without time zone", "00:00:00", "23:59:59.999999", "12:34:56.7"),
            new Column("time(3)", "time without time zone", "23:59:59.999"),
            new Column("timetz", "time with time zone", "00:00:00+00", "23:59:59.999999+00", "12:00:00.5+05:30")
                    .expecting("concat(%s AT TIME ZONE 'UTC')"),
            new Column(
                    "timestamp",
                    "timestamp without time zone",
                    "2024-02-29 23:59:59.999999",
                    "1969-12-31 23:59:59.999999",
                    "0001-01-01 00:00:00",
                    "0044-03-15 12:00:00.000001 BC",
                    "12345-06-07 08:09:10",
                    "infinity",
                    "-infinity"),
            new Column(
                    "timestamp(3)",
                    "timestamp without time zone",
                    "2024-02-29 23:59:59.999",
                    "infinity",
                    "-infinity",
                    "0044-03-15 12:00:00.001 BC"),
            new Column("timestamp(0)", "timestamp without time zone", "2024-02-29 23:59:59"),
            new Column(
                    "timestamptz",
                    "timestamp with time zone",
                    "2024-02-29 23:59:59.999999+00",
                    "0001-01-01 00:00:00+00",
                    "0044-03-15 12:00:00.000001+00 BC",
                    "12345-06-07 08:09:10+00",
                    "infinity",
                    "-infinity"),
            new Column("timestamptz(3)", "timestamp with time zone", "2024-02-29 23:59:59.999+00"),
            new Column("interval", "interval", "00:00:00", "04:05:06.789", "-12345:06:07.000001"),
            new Column("uuid", "uuid", "6f1d3c5e-0000-4000-8000-000000000001"),
            new Column("json", "json", "{\"a\" :  [1, null, \"\\n\\\\\"], \"a\": 2}", "null", "\"x\""),
            new Column("jsonb", "json", "{\"a\": [1, null, \"\\n\\\\\"]}", "null", "{}"),
            new Column("xml", "xml", "<a>b</a>", "x&lt;y"),
            new Column("tsvector", "tsvector", "'a':1A 'b''c\\\\d'"),
            new Column("bit(9)", "bit varying", "000000000", "101010101", "100000000", "000000001"),
            new Column("bit varying(5)", "bit varying", "10101"),
            new Column("point", "point", "(1,2)", "(-0.1,1e300)"),
            new Column("circle", "circle", "<(1,2),3.5>"),
            new Column("line", "line", "{1,-1,2.5}"),
            new Column("inet", "text", "10.0.0.1/8", "::1"),
            new Column("cidr", "text", "10.0.0.0/8"),
            new Column("macaddr", "text", "08:00:2b:01:02:03"),
            new Column("int4range", "text", "[1,5)", "empty"),
            new Column("tstzrange", "text", "[\"2024-02-01 00:00:00+00\",infinity)"),
            new Column("mood", "text", "one", "it's \"three\""),
            new Column("hstore", "json", "k=>v, n=>NULL").expecting("replace(concat(hstore_to_json(%s)), ' ', '')"),
            new Column("ltree", "text", "a.b"),
            new Column("citext", "text", "Abc"),
            new Column("pair", "text", "(1,\"x y\")"),
            new Column("pg_lsn", "text", "0/16B3748"),
            new Column("int4multirange", "text", "{[1,5),[7,8)}"),
            new Column("amount", "numeric", "1.5000"),
            new Column("smallint[]", "smallint[]", "{}", "{1,NULL,-3}", "{{1,2},{3,4}}"),
            new Column("integer[]", "integer[]", "{1,NULL,-3}"),
            new Column("bigint[]", "bigint[]", "{1,NULL,-3}"),
            new Column("real[]", "real[]", "{0.1,NaN,-Infinity}"),
            new Column("double precision[]", "double precision[]", "{0.1,NULL}"),
            new Column("boolean[]", "boolean[]", "{t,f,NULL}"),
            new Column("numeric(5, 2)[]", "numeric[]", "{1.50,NULL}", "{NaN}"),
            new Column("text[]", "text[]", "{}", "{a,NULL,\"NULL\",\"\",\"b \\\\ \\\" {,}\n\t\"}", "{{a,b},{c,d}}"),
            new Column("varchar(5)[]", "text[]", "{a,NULL}"),
            new Column("date[]", "date[]", "{2024-02-29,NULL}"),
            new Column("time[]", "time without time zone[]", "{23:59:59.999}"),
            new Column("timestamp[]", "timestamp without time zone[]", "{\"2024-02-29 23:59:59.123456\",NULL}"),
            new Column("timestamptz[]", "timestamp with time zone[]", "{\"2024-02-29 23:59:59.123456+00\",NULL}"),
            new Column("uuid[]", "uuid[]", "{6f1d3c5e-0000-4000-8000-000000000001,NULL}"),
            new Column("jsonb[]", "json[]", "{\"{\\\"a\\\": [1, null]}\",NULL}"),
            new Column("bytea[]", "bytea[]", "{\"\\\\xdead\",NULL}"),
            new Column("inet[]", "text[]", "{10.0.0.1}"),
            new Column("mood[]", "text[]", "{one,NULL}"),
            new Column("interval[]", "text", "{\"1 mon\",04:05:06}"),
            new Column("xml[]", "text", "{<a/>}"),
            new Column("box", "text", "(3,4),(1,2)").expecting(null),
            new Column("polygon", "text", "((1,2),(3,4),(5,0))").expecting(null));

    @Test
    void everyValueIsTheSameInTheReplica() throws Exception {
        // Given
        try (ReplicaFixture fixture = new ReplicaFixture(
                Source.SYNC,
                List.of(TABLE, AGED),
                "CREATE EXTENSION hstore; CREATE EXTENSION ltree; CREATE EXTENSION citext;"
                        + " CREATE TYPE mood AS ENUM ('one', 'it''s \"three\"'); CREATE TYPE pair AS (a integer, b text);"
                        + " CREATE DOMAIN amount AS numeric(12, 4)",
                "CREATE TABLE " + TABLE + " (\"a key\" integer PRIMARY KEY, "
                        + IntStream.range(0, COLUMNS.size())
                                .mapToObj(i -> "c" + i + " " + COLUMNS.get(i).type())
                                .collect(Collectors.joining(", "))
                        + ")",
                // Rows stay wide: the last update of each is of an inline column, so what is TOASTed is left out.
                "ALTER TABLE " + TABLE + " SET (toast_tuple_target = 128)",
                "CREATE TABLE " + AGED + " (id integer PRIMARY KEY)")) {
            insert(fixture, 0);
            fixture.sql("INSERT INTO " + AGED + " VALUES (1)");
            fixture.capture();
            // When
            insert(fixture, 1_000);
            addColumns(fixture);
            fixture.sql("UPDATE " + TABLE + " SET c0 = coalesce(c0, 1) WHERE \"a key\" % 2 = 0");
            try (SinkRunner sink = fixture.sink(fixture.parts(), true, target -> target)) {
                fixture.awaitReplicated(sink);
                // Then
                assertTypes(fixture);
                SoftAssertions softly = new SoftAssertions();
                for (int i = 0; i < COLUMNS.size(); i++) {
                    assertColumn(softly, fixture, i);
                    for (int j = 0; j < COLUMNS.get(i).values().size(); j++) {
                        assertAged(softly, fixture, i, j);
                    }
                }
                softly.assertAll();
            }
        }
    }

    private static void insert(ReplicaFixture fixture, int base) throws SQLException {
        int rows = COLUMNS.stream()
                .mapToInt(column -> column.values().size())
                .max()
                .orElseThrow();
        for (int row = 0; row <= rows; row++) {
            List<String> names = new ArrayList<>(List.of("\"a key\""));
            List<String> values = new ArrayList<>(List.of(Integer.toString(base + row)));
            for (int i = 0; i < COLUMNS.size(); i++) {
                Column column = COLUMNS.get(i);
                if (row < column.values().size()) {
                    names.add("c" + i);
                    values.add("'" + column.values().get(row).replace("'", "''") + "'::" + column.type());
                }
            }
            fixture.sql("INSERT INTO " + TABLE + " (" + String.join(", ", names) + ") VALUES ("
                    + String.join(", ", values) + ")");
        }
    }

    /** One with each value as its default, which it has no more when the first row of after comes. */
    private static void addColumns(ReplicaFixture fixture) throws SQLException {
        List<String> added = new ArrayList<>();
        List<String> altered = new ArrayList<>();
        for (int i = 0; i < COLUMNS.size(); i++) {
            Column column = COLUMNS.get(i);
            for (int j = 0; j < column.values().size(); j++) {
                added.add("ADD " + aged(i, j) + " " + column.type() + " DEFAULT '"
                        + column.values().get(j).replace("'", "''") + "'::" + column.type());
                altered.add("ALTER " + aged(i, j) + " DROP DEFAULT");
            }
        }
        fixture.sql("ALTER TABLE " + AGED + " " + String.join(", ", added));
        fixture.sql("ALTER TABLE " + AGED + " " + String.join(", ", altered));
        fixture.sql("INSERT INTO " + AGED + " VALUES (2)");
    }

    private static String aged(int column, int value) {
        return "c" + column + "_" + value;
    }

    private static void assertTypes(ReplicaFixture fixture) throws SQLException {
        Map<String, String> types = pairs(
                fixture.target().createStatement(),
                "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = '"
                        + ReplicaFixture.SCHEMA + "." + TABLE + "'::regclass AND attnum > 0");
        for (int i = 0; i < COLUMNS.size(); i++) {
            String mapped = COLUMNS.get(i).mapped();
            assertThat(types.get("c" + i))
                    .as("c%d %s", i, COLUMNS.get(i))
                    .isEqualTo(
                            mapped.equals("time") || mapped.equals("timestamp")
                                    ? mapped + " without time zone"
                                    : mapped);
        }
        assertThat(ReplicaFixture.text(
                        fixture.target(),
                        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'p' AND conrelid = '"
                                + ReplicaFixture.SCHEMA + "." + TABLE + "'::regclass"))
                .isEqualTo("PRIMARY KEY (a_key)");
    }

    private static void assertColumn(SoftAssertions softly, ReplicaFixture fixture, int index) throws SQLException {
        Column column = COLUMNS.get(index);
        String lines = "SELECT %s, coalesce(%s, 'NULL') FROM %s";
        compare(
                softly,
                fixture,
                lines.formatted("a_key", inReplica(column, "c" + index), ReplicaFixture.SCHEMA + "." + TABLE),
                lines.formatted("\"a key\"", atSource(column, "c" + index), TABLE),
                "c" + index + " " + column);
    }

    private static void assertAged(SoftAssertions softly, ReplicaFixture fixture, int index, int value)
            throws SQLException {
        Column column = COLUMNS.get(index);
        String name = aged(index, value);
        if (INEXPRESSIBLE.matcher(column.values().get(value)).lookingAt()) {
            String missing =
                    "SELECT num_nulls(" + name + ") FROM " + ReplicaFixture.SCHEMA + "." + AGED + " WHERE id = 1";
            softly.assertThat(ReplicaFixture.text(fixture.target(), missing))
                    .as("default %s of %s", column.values().get(value), column)
                    .isEqualTo("1");
            return;
        }
        String lines = "SELECT id, coalesce(%s, 'NULL') FROM %s";
        compare(
                softly,
                fixture,
                lines.formatted(inReplica(column, name), ReplicaFixture.SCHEMA + "." + AGED),
                lines.formatted(atSource(column, name), AGED),
                "default " + column.values().get(value) + " of " + column);
    }

    private static String inReplica(Column column, String name) {
        if (column.expected() == null) {
            return "concat(" + name + " IS NULL)";
        }
        return column.type().equals("timetz") ? "concat(" + name + " AT TIME ZONE 'UTC')" : "concat(" + name + ")";
    }

    private static String atSource(Column column, String name) {
        return column.expected() == null
                ? "concat(" + name + " IS NULL)"
                : column.expected().formatted(name);
    }

    private static void compare(
            SoftAssertions softly, ReplicaFixture fixture, String replicated, String expected, String description)
            throws SQLException {
        try (Statement source = fixture.writer().createStatement();
                Statement target = fixture.target().createStatement()) {
            source.execute("SET TimeZone = 'UTC'");
            target.execute("SET TimeZone = 'UTC'");
            softly.assertThat(pairs(target, replicated)).as(description).isEqualTo(pairs(source, expected));
        }
    }

    private static Map<String, String> pairs(Statement statement, String query) throws SQLException {
        Map<String, String> pairs = new TreeMap<>();
        try (ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                pairs.put(rows.getString(1), rows.getString(2));
            }
        }
        return pairs;
    }
}
