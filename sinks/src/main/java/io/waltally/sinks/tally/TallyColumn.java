package io.waltally.sinks.tally;

import java.sql.Array;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.function.Function;

/**
 * A column, and the function that supplies its values.
 *
 * @param type bigint, integer, or a type that PostgreSQL reads from text
 * @param value a long, an int, or text
 */
record TallyColumn<T>(String name, String type, Function<T, Object> value) {
    Array array(Connection connection, Collection<? extends T> records) throws SQLException {
        return connection.createArrayOf(
                elementType(), records.stream().map(value).toArray());
    }

    private String elementType() {
        return switch (type) {
            case "bigint" -> "int8";
            case "integer" -> "int4";
            default -> "text";
        };
    }
}
