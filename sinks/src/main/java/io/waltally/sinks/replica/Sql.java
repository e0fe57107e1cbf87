package io.waltally.sinks.replica;

import java.util.Collection;
import java.util.stream.Collectors;

/** Quotes identifiers and literals for SQL statements. */
final class Sql {
    private Sql() {}

    static String name(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }

    static String name(String schema, String table) {
        return name(schema) + '.' + name(table);
    }

    static String names(Collection<String> identifiers) {
        return identifiers.stream().map(Sql::name).collect(Collectors.joining(", "));
    }

    /** The condition that rows of tables {@code t} and {@code s} are the same by these columns. */
    static String same(Collection<String> columns) {
        return columns.stream()
                .map(column -> "t." + name(column) + " = s." + name(column))
                .collect(Collectors.joining(" AND "));
    }

    /** For sessions with {@code standard_conforming_strings}, which those of sinks have. */
    static String literal(String text) {
        return '\'' + text.replace("'", "''") + '\'';
    }
}
