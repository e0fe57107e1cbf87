package io.waltally.app.run.role;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** The roles of an instance. */
public enum RoleName {
    /** PostgreSQL to Kafka, one engine per source. */
    CAPTURE,
    /** The topologies. */
    STREAMS,
    /** Topics to databases and files. */
    SINKS,
    /** Notifications over HTTP. */
    WEBHOOKS;

    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** For completion and messages. */
    @Override
    public String toString() {
        return id();
    }

    /**
     * Parses a list with commas.
     *
     * @throws IllegalArgumentException naming an unknown role
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
