package io.waltally.app.http;

import io.javalin.http.Context;
import io.javalin.http.Header;
import io.javalin.http.HttpStatus;
import io.waltally.app.config.HostAndPort;
import io.waltally.app.config.HttpSettings;
import java.net.URI;
import java.util.Optional;
import java.util.Set;

/**
 * Refuses requests that a web page has a browser send to an instance of which the page is none. A browser says with such a
 * request where it comes from (Origin), and by which name it found the address (Host): a name of the page's own may lead to
 * a loopback address.
 */
final class RequestOrigin {
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "::1");

    private final boolean listensOnLoopback;
    private final Optional<String> advertised;

    RequestOrigin(HttpSettings settings) {
        this.listensOnLoopback = LOOPBACK.contains(settings.host());
        this.advertised = settings.advertised().map(HostAndPort::host);
    }

    /** @throws Problem if the request is not this instance's own, or that of a program that is no browser */
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
