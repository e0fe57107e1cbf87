package io.waltally.app.config;

import io.waltally.app.config.ApiToken.Scope;
import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.reading.ConfigValues;
import io.waltally.app.config.value.HostAndPort;
import io.waltally.app.config.value.Loopback;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Settings of the HTTP API, section {@code http}.
 *
 * @param port 0 for any free one
 * @param advertised address for other instances, if it differs from the listening address
 * @param allowedHosts other names, in lower case, by which requests may address a loopback listener
 * @param tokens empty if requests need none; those that may operate come first
 */
public record HttpSettings(
        String host,
        int port,
        Optional<HostAndPort> advertised,
        Set<String> allowedHosts,
        List<ApiToken> tokens,
        Optional<HttpTls> tls) {
    public static final String PORT = "http.port";

    private static final String HOST = "http.host";
    private static final String ALLOWED_HOSTS = "http.allowed-hosts";
    private static final Pattern HOST_NAME = Pattern.compile("[0-9a-z_]([0-9a-z._-]*[0-9a-z_])?");

    /** Wildcard addresses, and the loopback address at which this machine reaches them. */
    private static final Map<String, String> WILDCARDS = Map.of("0.0.0.0", "127.0.0.1", "::", "::1", "[::]", "::1");

    public HttpSettings {
        allowedHosts = Set.copyOf(allowedHosts);
        tokens = List.copyOf(tokens);
        if (host.isBlank()) {
            throw new ConfigException(HOST, host, "must be an address of this machine, such as 127.0.0.1");
        }
        if (host.contains("_")) {
            throw new ConfigException(HOST, host, HostAndPort.UNDERSCORE);
        }
        if (host.chars().anyMatch(Character::isWhitespace)) {
            throw new ConfigException(HOST, host, "must be an address of this machine, such as 127.0.0.1");
        }
        if (port < 0 || port > 65_535) {
            throw new ConfigException(PORT, port, "must be from 0 (any free port) to 65535");
        }
        if (!Loopback.is(host) && tokens.isEmpty()) {
            throw new ConfigException(
                    HOST,
                    host,
                    "other machines can reach that address, so requests need tokens: set " + Scope.OPERATE.key()
                            + " or " + Scope.READ.key() + ", or listen on 127.0.0.1");
        }
        for (String name : allowedHosts) {
            if (!HOST_NAME.matcher(name).matches()) {
                throw new ConfigException(ALLOWED_HOSTS, name, "must be host names, without scheme and port");
            }
        }
        if (!Loopback.is(host) && !allowedHosts.isEmpty()) {
            throw ConfigException.stated(
                    ALLOWED_HOSTS,
                    ALLOWED_HOSTS + " is of a loopback address, but " + HOST + " is \"" + host
                            + "\", where requests are admitted by their token: remove it");
        }
    }

    static HttpSettings from(ConfigValues values) {
        return new HttpSettings(
                values.text(HOST, "127.0.0.1"),
                values.integer(PORT, 8080),
                values.parsed("http.advertised", HostAndPort::parse),
                values.list(ALLOWED_HOSTS, List.of()).stream()
                        .map(name -> name.toLowerCase(Locale.ROOT))
                        .collect(Collectors.toSet()),
                ApiToken.from(values),
                HttpTls.from(values));
    }

    /** The address for other instances; empty if neither the configuration nor the listening address determines it. */
    public Optional<HostAndPort> forOthers() {
        boolean known = port != 0 && !WILDCARDS.containsKey(host);
        return advertised.or(() -> known ? Optional.of(new HostAndPort(host, port)) : Optional.empty());
    }

    /** The address for other processes of this machine. */
    public HostAndPort fromHere() {
        return new HostAndPort(WILDCARDS.getOrDefault(host, host), port);
    }

    /** The URI of an instance with these settings at an address. */
    public URI uri(HostAndPort address) {
        return URI.create((tls.isPresent() ? "https://" : "http://") + address);
    }
}
