package io.waltally.app.config;

import io.waltally.schemas.Source;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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
        boolean isList = values.given(KEY + "[0]");
        boolean isEmpty = values.text(KEY).filter(String::isEmpty).isPresent();
        if (values.given(KEY) && !isList && !isEmpty) {
            // The text may contain a secret.
            throw ConfigException.stated(KEY, KEY + " must be a list, with name and type of each sink");
        }
        List<ConfiguredSink> sinks = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; values.given(KEY + "[" + i + "]"); i++) {
            ConfiguredSink sink = new SinkEntry(values, KEY + "[" + i + "]", sources).read();
            if (!names.add(sink.name())) {
                throw new ConfigException(
                        KEY + "[" + i + "].name",
                        sink.name(),
                        "another sink has that name; each needs its own, which identifies it in its target");
            }
            sinks.add(sink);
        }
        requireTablesOfTheirOwn(sinks);
        return new SinkSettings(sinks);
    }

    /** Two sinks of one table would undo what the other one writes, and reset it. */
    private static void requireTablesOfTheirOwn(List<ConfiguredSink> sinks) {
        Map<String, String> writers = new HashMap<>();
        for (int i = 0; i < sinks.size(); i++) {
            ConfiguredSink sink = sinks.get(i);
            if (!sink.active()) {
                continue;
            }
            for (String table : new TreeSet<>(sink.ownTables())) {
                String other = writers.putIfAbsent(table, sink.name());
                if (other != null) {
                    throw new ConfigException(
                            KEY + "[" + i + "].name",
                            sink.name(),
                            "sink " + other + " writes " + table
                                    + " too; leave one of them out, or give it another target");
                }
            }
        }
    }

    /** The sinks that are to run. */
    public List<ConfiguredSink> active() {
        return sinks.stream().filter(ConfiguredSink::active).toList();
    }
}
