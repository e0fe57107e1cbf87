package io.waltally.sinks.tally;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The keys that a statement reads. */
sealed interface KeySelection {
    /** A relation that has the key's columns, for the clause FROM. */
    String from(String relation, String alias);

    /** The condition on that relation. */
    String where(String alias);

    /**
     * Sets the parameters of one {@link #from} and of conditions that follow it.
     *
     * @param conditions how often {@link #where} is in the statement
     * @return the index of the next parameter
     */
    int bind(PreparedStatement statement, int index, int conditions) throws SQLException;

    /** Keys by name. */
    final class Listed<K> implements KeySelection {
        private final List<TallyColumn<K>> columns;
        private final Collection<K> keys;

        Listed(List<TallyColumn<K>> columns, Collection<K> keys) {
            this.columns = columns;
            this.keys = keys;
        }

        @Override
        public String from(String relation, String alias) {
            String names = columns.stream().map(TallyColumn::name).collect(Collectors.joining(", "));
            return "unnest(%s) AS listed (%s) JOIN %s AS %s USING (%s)"
                    .formatted(
                            columns.stream()
                                    .map(column -> "?::" + column.type() + "[]")
                                    .collect(Collectors.joining(", ")),
                            names,
                            relation,
                            alias,
                            names);
        }

        @Override
        public String where(String alias) {
            return "true";
        }

        @Override
        public int bind(PreparedStatement statement, int index, int conditions) throws SQLException {
            int next = index;
            for (TallyColumn<K> column : columns) {
                statement.setArray(next++, column.array(statement.getConnection(), keys));
            }
            return next;
        }
    }

    /**
     * Keys in a range.
     *
     * @param after exclusive; empty for the first ones
     * @param upTo inclusive; empty for the last ones
     */
    record Range(List<? extends TallyColumn<?>> columns, Optional<List<Object>> after, Optional<List<Object>> upTo)
            implements KeySelection {
        @Override
        public String from(String relation, String alias) {
            return relation + " AS " + alias;
        }

        @Override
        public String where(String alias) {
            String key = columns.stream()
                    .map(column -> alias + "." + column.name())
                    .collect(Collectors.joining(", ", "(", ")"));
            String bound =
                    columns.stream().map(column -> "?::" + column.type()).collect(Collectors.joining(", ", "(", ")"));
            List<String> conditions = new ArrayList<>();
            if (after.isPresent()) {
                conditions.add(key + " > " + bound);
            }
            if (upTo.isPresent()) {
                conditions.add(key + " <= " + bound);
            }
            return conditions.isEmpty() ? "true" : String.join(" AND ", conditions);
        }

        @Override
        public int bind(PreparedStatement statement, int index, int conditions) throws SQLException {
            int next = index;
            for (int i = 0; i < conditions; i++) {
                for (Optional<List<Object>> bound : List.of(after, upTo)) {
                    for (Object value : bound.orElse(List.of())) {
                        statement.setObject(next++, value);
                    }
                }
            }
            return next;
        }
    }
}
