package io.waltally.app.run;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** What an instance can do. */
public enum RoleName {
    /** PostgreSQL to Kafka, one engine per source. */
    CAPTURE,
    /** The topologies. */
    STREAMS,
    /** Kafka to PostgreSQL. */
    SINKS,
    /** Notifications over HTTP. */
    WEBHOOKS;

    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Reads a list with commas.
     *
     * @throws IllegalArgumentException naming what is no role
     */
    public static Set<RoleName> parse(String list) {
        Set<RoleName> roles = EnumSet.noneOf(RoleName.class);
        for (String name : list.split(",", -1)) {
            roles.add(Arrays.stream(values())
                    .filter(role -> role.id().equals(name.strip()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("no role \"" + name.strip() + "\": roles are "
                            + Arrays.stream(values()).map(RoleName::id).collect(Collectors.joining(", ")))));
        }
        return roles;
    }
}
