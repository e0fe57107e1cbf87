package io.waltally.app.config;

import java.util.Map;
import java.util.Optional;

/**
 * Where the HTTP API listens.
 *
 * @param port 0 for any free one
 * @param advertised where other instances reach it, if not where it listens
 */
public record HttpSettings(String host, int port, Optional<HostAndPort> advertised) {
    public static final String PORT = "http.port";

    /** Every address of the machine, and the one of them that this machine itself is sure to reach. */
    private static final Map<String, String> WILDCARDS = Map.of("0.0.0.0", "127.0.0.1", "::", "::1", "[::]", "::1");

    public HttpSettings {
        if (host.isBlank()) {
            throw new ConfigException("http.host", host, "must be an address of this machine, such as 127.0.0.1");
        }
        if (port < 0 || port > 65_535) {
            throw new ConfigException(PORT, port, "must be from 0 (any free port) to 65535");
        }
    }

    static HttpSettings from(ConfigValues values) {
        return new HttpSettings(
                values.text("http.host", "127.0.0.1"),
                values.integer(PORT, 8080),
                values.parsed("http.advertised", HostAndPort::parse));
    }

    /** Where other instances reach it; empty if that can be told neither from the configuration nor from where it listens. */
    public Optional<HostAndPort> forOthers() {
        boolean known = port != 0 && !WILDCARDS.containsKey(host);
        return advertised.or(() -> known ? Optional.of(new HostAndPort(host, port)) : Optional.empty());
    }

    /** Where other processes of this machine reach it. */
    public HostAndPort fromHere() {
        return new HostAndPort(WILDCARDS.getOrDefault(host, host), port);
    }
}
