package io.waltally.connectors.capture.encoding;

import io.waltally.connectors.capture.fixture.CaptureFixture;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Every type that the server has and some of a user's, with values of each. */
public final class ColumnTypes {
    /** Candidate values; for each type the server decides which of them are valid. */
    private static final List<String> LITERALS = List.of(
            "",
            "1",
            "0.5",
            "-9223372036854775808",
            "123456789012345678901234567890.123456789",
            "NaN",
            "Infinity",
            "-Infinity",
            "t",
            "text of some length, 'quoted', \"twice\", \\ and {braced}, Zürich 漢",
            "2024-02-29",
            "2024-02-29 23:59:59.123456",
            "0044-03-15 12:00:00+00 BC",
            "23:59:59.999999",
            "24:00:00",
            "24:00:00+05:30",
            "1 year 2 mons -3 days 04:05:06.789",
            "-178000000 years",
            "6f1d3c5e-0000-4000-8000-000000000001",
            "\\xdeadbeef00",
            "{}",
            "[1, null]",
            "{\"a\": [1, null]}",
            "{NULL}",
            "{1,NULL,3}",
            "{{1,2},{3,4}}",
            "{t,f}",
            "{a,NULL,\"b c\"}",
            "{NaN,Infinity}",
            "{2024-02-29,infinity}",
            "{2024-02-29 23:59:59.123456}",
            "{23:59:59.999999}",
            "{\"1 day\"}",
            "{6f1d3c5e-0000-4000-8000-000000000001,NULL}",
            "{10.0.0.1}",
            "{08:00:2b:01:02:03:04:05}",
            "{\"\\\\xdead\",\"\"}",
            "{101}",
            "{\"(1,2)\"}",
            "{\"((1,2),(3,4))\",\"((1,2),(3,4))\"}",
            "{(3,4),(1,2);(3,4),(1,2)}",
            "{\"<(1,2),3>\"}",
            "{\"[1,5)\",empty,NULL}",
            "{[1,5),[7,8)}",
            "{\"{[1,5)}\"}",
            "{[2024-02-01,2024-02-03)}",
            "{\"[2024-02-01,2024-02-03)\"}",
            "{one,two,NULL}",
            "{\"(1,x)\",NULL}",
            "{\"k=>v\"}",
            "{\"{}\",NULL}",
            "{<a/>}",
            "{0/16B3748}",
            "{1,2,3}",
            "1 2 3",
            "infinity",
            "-infinity",
            "10.0.0.1/8",
            "08:00:2b:01:02:03",
            "08:00:2b:01:02:03:04:05",
            "B101",
            "101",
            "(1,2)",
            "(1,x)",
            "(,)",
            "((1,2),(3,4))",
            "[(1,2),(3,4)]",
            "<(1,2),3>",
            "{1,-1,2}",
            "[1,5)",
            "(,)",
            "empty",
            "[2024-02-01,2024-02-03)",
            "[\"2024-02-01 00:00\",infinity)",
            "0/16B3748",
            "1:1:",
            "(0,1)",
            "$.a",
            "a & b",
            "'a':1A 'b'",
            "<a>b</a>",
            "one",
            "k=>v, n=>NULL",
            "a.b",
            "pg_class",
            "now",
            "now()",
            "english",
            "simple",
            "public",
            "integer",
            "\"C\"",
            "postgres=r/postgres");

    private final CaptureFixture source;

    private ColumnTypes(CaptureFixture source) {
        this.source = source;
    }

    /** Makes the user's types. */
    public static ColumnTypes make(CaptureFixture source) throws SQLException {
        ColumnTypes types = new ColumnTypes(source);
        types.makeTypes();
        return types;
    }

    private void makeTypes() throws SQLException {
        for (String extension : List.of("hstore", "citext", "ltree", "isn", "cube", "seg")) {
            if (source.number("SELECT count(*) FROM pg_available_extensions WHERE name = '" + extension + "'") > 0) {
                source.sql("CREATE EXTENSION " + extension);
            }
        }
        source.sql("""
                CREATE DOMAIN amount AS numeric(12, 4) CHECK (VALUE IS NOT NULL OR VALUE IS NULL);
                CREATE DOMAIN amount_of_amounts AS amount;
                CREATE DOMAIN amounts AS numeric[];
                CREATE DOMAIN short AS varchar(5);
                CREATE TYPE mood AS ENUM ('one', 'two', 'it''s "three"');
                CREATE TYPE "Odd Name" AS ENUM ('one');
                CREATE TYPE pair AS (a integer, b text);
                CREATE TYPE floats AS RANGE (subtype = float8);
                CREATE DOMAIN pairs AS pair;
                CREATE FUNCTION pg_temp.is_valid(literal text, type text) RETURNS boolean LANGUAGE plpgsql AS $$
                BEGIN
                    EXECUTE format('SELECT %L::%s', literal, type);
                    RETURN true;
                EXCEPTION WHEN OTHERS THEN
                    RETURN false;
                END $$;
                CREATE SCHEMA other;
                CREATE TYPE other.mood AS ENUM ('1', 'one');
                """);
    }

    /** All that a column may have, but the rows of system tables. */
    public List<String> types() throws SQLException {
        List<String> types = new ArrayList<>();
        try (Statement statement = source.writer().createStatement();
                ResultSet rows = statement.executeQuery("""
                        SELECT format_type(t.oid, NULL)
                        FROM pg_type t LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
                        WHERE t.typtype <> 'p' AND coalesce(e.typtype, t.typtype) <> 'p' AND t.typisdefined
                          AND (t.typtype <> 'c' OR t.typname = 'pair')
                          AND (e.typtype IS DISTINCT FROM 'c' OR e.typname = 'pair')
                          AND t.typnamespace <> 'information_schema'::regnamespace
                        ORDER BY t.oid""")) {
            while (rows.next()) {
                types.add(rows.getString(1));
            }
        }
        return types;
    }

    /** The texts that the server takes as values of the type. */
    public List<String> values(String type) throws SQLException {
        List<String> values = new ArrayList<>();
        try (PreparedStatement statement = source.writer()
                .prepareStatement("SELECT DISTINCT literal, n FROM unnest(?) WITH ORDINALITY l (literal, n)"
                        + " WHERE pg_temp.is_valid(literal, ?) ORDER BY n")) {
            statement.setArray(1, source.writer().createArrayOf("text", LITERALS.toArray()));
            statement.setString(2, type);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    values.add(rows.getString(1));
                }
            }
        }
        return values;
    }

    public static String literal(String value) {
        return "'" + value.replace("'", "''") + "'";
    }
}
