package io.waltally.app.config;

import io.waltally.app.config.ConfiguredSink.NotificationOutbox;
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
import java.util.stream.Collectors;

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
        requireEndpointsOfTheirOwn(values, sinks);
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

    /** The worker would deliver each event once for each sink. Of one sink, an event goes to a URL once. */
    private static void requireEndpointsOfTheirOwn(ConfigValues values, Map<String, ConfiguredSink> sinks) {
        Map<String, String> writers = new HashMap<>();
        sinks.forEach((entry, sink) -> {
            if (!(sink instanceof NotificationOutbox outbox) || !values.isValid(entry)) {
                return;
            }
            Set<String> urls = outbox.endpoints().stream()
                    .map(endpoint -> endpoint.url().reveal())
                    .collect(Collectors.toSet());
            for (String url : urls) {
                String other =
                        writers.putIfAbsent(url + " in " + outbox.database().identity(), sink.name());
                if (other != null) {
                    // Without the URL, which may contain a secret.
                    values.report(ConfigException.stated(
                            entry + ".endpoints",
                            entry + ".endpoints has a URL of sink " + other + " too, so that the application would"
                                    + " deliver events to it twice; give each URL to one sink, with all its events"));
                    return;
                }
            }
        });
    }

    /** Names of the other sinks that insert notifications into the same outbox. */
    public Set<String> othersOfOutbox(NotificationOutbox sink) {
        return sinks.stream()
                .filter(other -> other instanceof NotificationOutbox outbox
                        && !other.name().equals(sink.name())
                        && outbox.database().identity().equals(sink.database().identity()))
                .map(ConfiguredSink::name)
                .collect(Collectors.toSet());
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
            return Optional.of("sink " + name
                    + " is not configured (sinks), or its mode is off, so no instance would write to it");
        }
        return found.filter(ConfiguredSink::writesTransactions)
                .map(sink -> "sink " + name + " writes whole transactions, and takes no single record again:"
                        + " 'waltally snapshot SOURCE.TABLE' reads rows as they are now");
    }
}
