package io.waltally.sinks.tally;

import io.waltally.schemas.agg.LastChange;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Describes the table to which a sink writes one kind of tally. The application has a table of that name in schema
 * {@code public}, and waltally in schema {@code waltally}.
 *
 * @param name of both tables
 * @param subject begins the names of what belongs to the table
 * @param key the primary key
 * @param counters what waltally counts, and what the application's table gets in authoritative mode
 * @param others further columns of waltally's table
 * @param updatedAtColumn a column of the application's table that has the time of the last change of its counters
 * @param lastChange the position of a tally
 */
record TallyTable<K, V>(
        String name,
        String subject,
        List<TallyColumn<K>> key,
        List<TallyColumn<V>> counters,
        List<TallyColumn<V>> others,
        Optional<String> updatedAtColumn,
        Function<V, LastChange> lastChange) {

    String shadow() {
        return "waltally." + name;
    }

    String application() {
        return "public." + name;
    }

    /** The application's values beside the exact ones. */
    String driftView() {
        return "waltally." + subject + "_drift";
    }

    /** The time when the values of a key were first seen to differ. */
    String driftSince() {
        return "waltally." + subject + "_drift_since";
    }

    List<String> keyNames() {
        return key.stream().map(TallyColumn::name).toList();
    }

    List<String> counterNames() {
        return counters.stream().map(TallyColumn::name).toList();
    }

    /** Columns of values, with their position. */
    List<TallyColumn<V>> values() {
        return Stream.of(
                        counters,
                        others,
                        List.of(
                                new TallyColumn<V>(
                                        "applied_epoch",
                                        "integer",
                                        value -> lastChange.apply(value).getEpoch()),
                                new TallyColumn<V>(
                                        "applied_lsn",
                                        "pg_lsn",
                                        value -> TallyPosition.of(lastChange.apply(value))
                                                .lsn()
                                                .toString())))
                .flatMap(List::stream)
                .toList();
    }
}
