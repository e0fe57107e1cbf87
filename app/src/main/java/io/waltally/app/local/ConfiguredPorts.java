package io.waltally.app.local;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.SourceSettings;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The ports of configured addresses; empty if an address is not on this machine. */
record ConfiguredPorts(Optional<Integer> postgres, Optional<Integer> kafka, Optional<Integer> registry) {
    private static final Pattern HERE = Pattern.compile("(?:localhost|127\\.0\\.0\\.1):(\\d{1,5})(?:/.*)?");

    static ConfiguredPorts of(Configuration configuration) {
        Set<Optional<Integer>> databases = configuration.sources().values().stream()
                .map(SourceSettings::address)
                .map(ConfiguredPorts::port)
                .collect(Collectors.toSet());
        return new ConfiguredPorts(
                // One server has the databases of all sources.
                databases.size() == 1 ? databases.iterator().next() : Optional.empty(),
                port(configuration.kafka().bootstrapServers()),
                port(String.valueOf(configuration.registry().url().getAuthority())));
    }

    private static Optional<Integer> port(String address) {
        Matcher here = HERE.matcher(address);
        return here.matches() ? Optional.of(Integer.valueOf(here.group(1))) : Optional.empty();
    }

    /** The keys whose addresses have none of these ports. */
    List<String> unused() {
        return List.of(
                        postgres.isPresent() ? "" : "sources.*.url",
                        kafka.isPresent() ? "" : "kafka.bootstrap.servers",
                        registry.isPresent() ? "" : "registry.url")
                .stream()
                .filter(key -> !key.isEmpty())
                .toList();
    }
}
