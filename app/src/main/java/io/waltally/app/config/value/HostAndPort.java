package io.waltally.app.config.value;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The address of an HTTP server: {@code waltally-1.example:8080}, {@code 10.0.0.7:8080}, {@code [fd00::7]:8080}.
 *
 * @param host a name or an IP address; an IPv6 address without brackets
 */
public record HostAndPort(String host, int port) {
    private static final Pattern FORM = Pattern.compile("(\\[[0-9a-fA-F:.]+]|[0-9a-zA-Z._-]+):(\\d{1,5})");
    /** Java's URIs follow RFC 3986 and RFC 1123, which do not have it in host names. */
    public static final String UNDERSCORE =
            "has an underscore, which no host name has in a URL; give that host another name";

    private static final int MAX_PORT = 65_535;

    public HostAndPort {
        host = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** @throws IllegalArgumentException if the text does not name a host and a port */
    public static HostAndPort parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (matcher.matches()) {
            if (matcher.group(1).contains("_")) {
                throw new IllegalArgumentException(UNDERSCORE);
            }
            int port = Integer.parseInt(matcher.group(2));
            if (port > 0 && port <= MAX_PORT) {
                return new HostAndPort(matcher.group(1), port);
            }
        }
        throw new IllegalArgumentException("must be host:port, such as 10.0.0.7:8080 or [fd00::7]:8080");
    }

    /** As in a URI, with an IPv6 address in brackets. */
    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
