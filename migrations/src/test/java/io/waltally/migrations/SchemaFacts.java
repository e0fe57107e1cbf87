package io.waltally.migrations;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;

/** Reads a table from the system catalogues in the form of the written facts. */
final class SchemaFacts {
    private final TestDatabase database;

    SchemaFacts(TestDatabase database) {
        this.database = database;
    }

    /** Each line of {@code expected} is one column: name, type, then "not null", "default ..." or "identity". */
    void assertColumns(String table, String expected) throws SQLException {
        List<String> actual = database.query("""
                SELECT a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
                       || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
                       || CASE a.attidentity WHEN 'd' THEN ' by default as identity'
                                             WHEN 'a' THEN ' always as identity' ELSE '' END
                       || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
                FROM pg_attribute a
                LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                WHERE a.attrelid = 'public.%s'::regclass AND a.attnum > 0 AND NOT a.attisdropped
                ORDER BY a.attnum
                """.formatted(table));
        assertThat(actual).as("columns of %s", table).containsExactlyInAnyOrderElementsOf(lines(expected));
    }

    /** Primary, foreign, unique and check constraints, as PostgreSQL writes them; not-null is a column's matter. */
    void assertConstraints(String table, String expected) throws SQLException {
        List<String> actual = database.query("""
                SELECT pg_get_constraintdef(oid) FROM pg_constraint
                WHERE conrelid = 'public.%s'::regclass AND contype <> 'n'
                """.formatted(table));
        assertThat(actual).as("constraints of %s", table).containsExactlyInAnyOrderElementsOf(lines(expected));
    }

    /** The valid indexes that back no constraint: name, columns with operator class and order, predicate. */
    void assertIndexes(String table, String expected) throws SQLException {
        List<String> actual = database.query("""
                SELECT replace(replace(pg_get_indexdef(i.indexrelid), 'CREATE INDEX ', ''),
                               ' ON public.%1$s USING btree', '')
                FROM pg_index i
                WHERE i.indrelid = 'public.%1$s'::regclass AND i.indisvalid AND i.indisready
                  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u'))
                """.formatted(table));
        assertThat(actual).as("indexes of %s", table).containsExactlyInAnyOrderElementsOf(lines(expected));
    }

    /** Exactly these tables, none with a replica identity, trigger or rule of its own. */
    void assertTables(String expected) throws SQLException {
        assertThat(database.query("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                        + " AND relkind NOT IN ('i', 'S', 'c')"))
                .containsExactlyInAnyOrderElementsOf(lines(expected));
        assertThat(database.query("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                        + " AND relkind = 'r' AND (relreplident <> 'd' OR relhasrules OR relrowsecurity)"))
                .isEmpty();
        assertThat(database.query("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"))
                .isEmpty();
    }

    private static List<String> lines(String text) {
        return text.lines()
                .map(line -> line.trim().replaceAll("\\s+", " "))
                .filter(line -> !line.isEmpty())
                .collect(Collectors.toList());
    }
}
