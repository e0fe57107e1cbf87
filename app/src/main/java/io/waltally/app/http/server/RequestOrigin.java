package io.waltally.app.http.server;

import io.javalin.http.Context;
import io.javalin.http.Header;
import io.javalin.http.HttpStatus;
import io.waltally.app.config.HostAndPort;
import io.waltally.app.config.HttpSettings;
import java.net.URI;
import java.util.Optional;
import java.util.Set;

/**
 * Rejects requests that a foreign web page makes a browser send. A browser states the page (Origin), and the name by
 * which it resolved the address (Host), which may be a foreign name of a loopback address.
 */
public final class RequestOrigin {
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "::1");

    private final boolean listensOnLoopback;
    private final Optional<String> advertised;

    public RequestOrigin(HttpSettings settings) {
        this.listensOnLoopback = LOOPBACK.contains(settings.host());
        this.advertised = settings.advertised().map(HostAndPort::host);
    }

    /** @throws Problem if the request comes from a foreign page */
    void require(Context context) {
        String host = Optional.ofNullable(context.header(Header.HOST)).orElse("");
        String origin = context.header(Header.ORIGIN);
        if (origin != null && !origin.equals("http://" + host) && !origin.equals("https://" + host)) {
            throw new Problem(
                    HttpStatus.FORBIDDEN, "a page of another origin (" + origin + ") must not change anything here");
        }
        String name = nameOf(host);
        if (listensOnLoopback
                && !LOOPBACK.contains(name)
                && !advertised.map(name::equals).orElse(false)) {
            throw new Problem(
                    HttpStatus.FORBIDDEN,
                    "this instance is not known as \"" + host + "\": use 127.0.0.1, or set http.advertised");
        }
    }

    private static String nameOf(String host) {
        try {
            String name = URI.create("http://" + host).getHost();
            return name == null ? "" : name.replaceAll("[\\[\\]]", "");
        } catch (IllegalArgumentException e) {
            return "";
        }
    }
}
