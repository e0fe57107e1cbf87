package io.waltally.app.config;

import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.reading.ConfigValues;
import io.waltally.schemas.Source;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Settings of sinks, section {@code sinks}. */
public record SinkSettings(List<ConfiguredSink> sinks) {
    private static final String KEY = "sinks";

    public SinkSettings {
        sinks = List.copyOf(sinks);
    }

    static SinkSettings from(ConfigValues values, Map<Source, SourceSettings> sources) {
        values.section(KEY);
        Map<String, ConfiguredSink> sinks = new LinkedHashMap<>();
        Set<String> names = new HashSet<>();
        for (String entry : values.entries(KEY, "name and type of each sink")) {
            values.section(entry, given -> new SinkEntry(given, entry, sources).read())
                    .ifPresent(sink -> sinks.put(entry, sink));
        }
        sinks.forEach((entry, sink) -> {
            if (values.isValid(entry) && !names.add(sink.name())) {
                values.report(new ConfigException(
                        entry + ".name",
                        sink.name(),
                        "another sink has that name; each needs its own, which identifies it in its target"));
            }
        });
        requireTablesOfTheirOwn(values, sinks);
        return new SinkSettings(List.copyOf(sinks.values()));
    }

    /** Two sinks of one table would undo what the other one writes, and reset it. */
    private static void requireTablesOfTheirOwn(ConfigValues values, Map<String, ConfiguredSink> sinks) {
        Map<String, String> writers = new HashMap<>();
        sinks.forEach((entry, sink) -> {
            if (!sink.active() || !values.isValid(entry)) {
                return;
            }
            for (String table : new TreeSet<>(sink.ownTables())) {
                String other = writers.putIfAbsent(table, sink.name());
                if (other != null) {
                    values.report(new ConfigException(
                            entry + ".name",
                            sink.name(),
                            "sink " + other + " writes " + table
                                    + " too; leave one of them out, or give it another target"));
                }
            }
        });
    }

    /** The sinks that are to run. */
    public List<ConfiguredSink> active() {
        return sinks.stream().filter(ConfiguredSink::active).toList();
    }

    /** The reason why no dead letter of a sink can be put back; empty if they can. */
    public Optional<String> obstacleToReplay(String name) {
        Optional<ConfiguredSink> found =
                active().stream().filter(sink -> sink.name().equals(name)).findFirst();
        if (found.isEmpty()) {
            return Optional.of(
                    "sink " + name + " is not configured (sinks), or its mode is off, so nobody would write to it");
        }
        return found.filter(ConfiguredSink::writesTransactions)
                .map(sink -> "sink " + name + " writes whole transactions, and takes no single record again:"
                        + " 'waltally snapshot SOURCE.TABLE' reads rows as they are now");
    }
}
