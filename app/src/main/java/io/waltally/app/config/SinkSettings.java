package io.waltally.app.config;

import io.waltally.schemas.Source;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
        return new SinkSettings(sinks);
    }

    /** The sinks that are to run. */
    public List<ConfiguredSink> active() {
        return sinks.stream().filter(ConfiguredSink::active).toList();
    }
}
