package io.waltally.app.http.server;

import io.javalin.http.Context;
import io.javalin.http.Header;
import io.javalin.http.HttpStatus;
import io.waltally.app.config.HttpSettings;
import io.waltally.app.config.value.HostAndPort;
import io.waltally.app.config.value.Loopback;
import java.net.URI;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Rejects requests that a foreign web page makes a browser send. A browser states the page (Origin), and the name by
 * which it resolved the address (Host), which may be a foreign name of a loopback address.
 */
public final class RequestOrigin {
    private static final Pattern HOST = Pattern.compile("(\\[[0-9a-f:.]+]|[^\\[\\]:/@?#\\s]+)(:\\d*)?");

    private final boolean listensOnLoopback;
    private final Set<String> names;

    public RequestOrigin(HttpSettings settings) {
        this.listensOnLoopback = Loopback.is(settings.host());
        Set<String> known = new HashSet<>(settings.allowedHosts());
        settings.advertised()
                .map(HostAndPort::host)
                .map(RequestOrigin::lowerCase)
                .ifPresent(known::add);
        this.names = Set.copyOf(known);
    }

    /** @throws Problem if the request may come from a foreign page */
    void require(Context context) {
        requireKnownHost(context);
        if (!AccessControl.reads(context)) {
            requireOwnPage(context);
        }
    }

    /** Ports are not compared: tunnels and mapped ports have their own, and no page can choose the name. */
    private void requireKnownHost(Context context) {
        String host = context.header(Header.HOST);
        // Every browser states it; HTTP/1.0 does not require it.
        if (!listensOnLoopback || host == null) {
            return;
        }
        String name = nameOf(host);
        if (!Loopback.is(name) && !names.contains(name)) {
            throw new Problem(
                    HttpStatus.FORBIDDEN,
                    "this instance is not known as \"" + host
                            + "\": use 127.0.0.1, or set http.advertised or http.allowed-hosts");
        }
    }

    private void requireOwnPage(Context context) {
        String origin = context.header(Header.ORIGIN);
        if (origin == null) {
            return;
        }
        String host = Optional.ofNullable(context.header(Header.HOST)).orElse("");
        boolean own = origin.equalsIgnoreCase("http://" + host) || origin.equalsIgnoreCase("https://" + host);
        if (!own && !names.contains(hostOfOrigin(origin))) {
            throw new Problem(
                    HttpStatus.FORBIDDEN, "a page of another origin (" + origin + ") must not change anything here");
        }
    }

    private static String hostOfOrigin(String origin) {
        try {
            return nameOf(Optional.ofNullable(URI.create(origin).getAuthority()).orElse(""));
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    /** Without port and brackets; empty if malformed. */
    private static String nameOf(String host) {
        Matcher matcher = HOST.matcher(lowerCase(host));
        return matcher.matches() ? matcher.group(1).replaceAll("[\\[\\]]", "") : "";
    }

    private static String lowerCase(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
