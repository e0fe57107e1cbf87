package io.waltally.app.config;

import java.util.Map;
import java.util.Optional;

/**
 * Settings of the HTTP API, section {@code http}.
 *
 * @param port 0 for any free one
 * @param advertised address for other instances, if it differs from the listening address
 */
public record HttpSettings(String host, int port, Optional<HostAndPort> advertised) {
    public static final String PORT = "http.port";

    /** Wildcard addresses, and the loopback address at which this machine reaches them. */
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

    /** The address for other instances; empty if neither the configuration nor the listening address tells it. */
    public Optional<HostAndPort> forOthers() {
        boolean known = port != 0 && !WILDCARDS.containsKey(host);
        return advertised.or(() -> known ? Optional.of(new HostAndPort(host, port)) : Optional.empty());
    }

    /** The address for other processes of this machine. */
    public HostAndPort fromHere() {
        return new HostAndPort(WILDCARDS.getOrDefault(host, host), port);
    }
}
