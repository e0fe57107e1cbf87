package io.waltally.sinks.replica;

import io.waltally.sinks.replica.row.ColumnType;
import java.util.Map;
import java.util.Set;

/**
 * A column of a table in the target.
 *
 * @param type as in DDL, with its modifier
 * @param baseType name of the type in the catalogue; of the elements if it is an array, of the base type if it is a
 *     domain
 * @param category of the base type
 * @param modifier of the type; -1 if there is none
 * @param filled whether the server has a value for rows without one
 * @param generated whether nothing can be written to it
 * @param deterministic whether its collation takes only equal texts for equal
 */
record TargetColumn(
        String name,
        String type,
        String baseType,
        boolean array,
        char category,
        int modifier,
        boolean notNull,
        boolean filled,
        boolean generated,
        boolean deterministic) {
    private static final int NUMERIC_MODIFIER_OFFSET = 4;
    private static final int SCALE_MASK = 0x7ff;
    private static final int SCALE_SIGN = 1024;
    private static final String TEXT = "text";
    private static final String NUMERIC = "numeric";

    /** These take the text of any value as it is. */
    private static final Set<String> ANY_TEXT = Set.of(TEXT, "varchar");

    /** By the mapped type: the types that take all its values without a change. */
    private static final Map<String, Set<String>> TAKEN_BY = Map.ofEntries(
            Map.entry("smallint", Set.of("int2", "int4", "int8", NUMERIC)),
            Map.entry("integer", Set.of("int4", "int8", NUMERIC)),
            Map.entry("bigint", Set.of("int8", NUMERIC)),
            Map.entry("real", Set.of("float4", "float8")),
            Map.entry("double precision", Set.of("float8")),
            Map.entry(NUMERIC, Set.of(NUMERIC)),
            Map.entry("boolean", Set.of("bool")),
            Map.entry("bytea", Set.of("bytea")),
            Map.entry("date", Set.of("date")),
            Map.entry("time", Set.of("time")),
            Map.entry("time with time zone", Set.of("timetz")),
            Map.entry("timestamp", Set.of("timestamp")),
            Map.entry("timestamp with time zone", Set.of("timestamptz")),
            Map.entry("interval", Set.of("interval")),
            Map.entry("uuid", Set.of("uuid")),
            Map.entry("json", Set.of("json", "jsonb")),
            Map.entry("xml", Set.of("xml")),
            Map.entry("tsvector", Set.of("tsvector")),
            Map.entry("bit varying", Set.of("varbit", "bit")),
            Map.entry("point", Set.of("point")),
            Map.entry("circle", Set.of("circle")),
            Map.entry("line", Set.of("line")));

    private static final String CITEXT = "citext";

    /**
     * Types that take some texts, and change them; no column of such a type at the source comes as text. Of the arrays of
     * {@link #ARRAYS_OF} some do.
     */
    private static final Set<String> CHANGE_TEXT =
            Set.of("bpchar", "name", "bytea", "char", "jsonb", "hstore", "uuid", "tsvector", "point", "circle", "line");

    private static final Set<String> ARRAYS_OF = Set.of("name", "point", "circle", "line");

    /** Strings, networks, ranges, user-defined types, enums, geometric types and arrays: their own text form. */
    private static final String TEXT_CATEGORIES = "SIRUEGA";

    /** Whether the column takes all values of a mapped type, or refuses single ones, but changes none. */
    boolean takes(ColumnType mapped) {
        if (generated) {
            return false;
        }
        if (ANY_TEXT.contains(baseType) && !array) {
            return true;
        }
        if (mapped.sql().equals(TEXT)) {
            return array
                    ? ARRAYS_OF.contains(baseType) || !CHANGE_TEXT.contains(baseType)
                    : TEXT_CATEGORIES.indexOf(category) >= 0 && !CHANGE_TEXT.contains(baseType);
        }
        boolean mappedArray = mapped.sql().endsWith("[]");
        String element = mappedArray ? mapped.sql().substring(0, mapped.sql().length() - 2) : mapped.sql();
        if (mappedArray && element.equals(TEXT)) {
            return array && !CHANGE_TEXT.contains(baseType);
        }
        return array == mappedArray
                && TAKEN_BY.getOrDefault(element, Set.of()).contains(baseType)
                && keepsDigits(mapped);
    }

    /** Whether the type distinguishes all values of the source type, as a key column must. */
    boolean tellsApart() {
        return deterministic && !baseType.equals(CITEXT);
    }

    private boolean keepsDigits(ColumnType mapped) {
        if (modifier < 0) {
            return true;
        }
        return switch (baseType) {
            case NUMERIC ->
                mapped.digits().filter(digits -> scale() >= digits).isPresent()
                        || (mapped.digits().isEmpty() && !mapped.sql().startsWith(NUMERIC) && scale() >= 0);
            case "time", "timetz", "timestamp", "timestamptz" ->
                mapped.digits().filter(digits -> modifier >= digits).isPresent();
            case "interval" -> false;
            default -> true;
        };
    }

    private int scale() {
        return ((modifier - NUMERIC_MODIFIER_OFFSET & SCALE_MASK) ^ SCALE_SIGN) - SCALE_SIGN;
    }
}
