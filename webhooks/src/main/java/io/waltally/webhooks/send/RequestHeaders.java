package io.waltally.webhooks.send;

import io.waltally.webhooks.sign.ApplicationSignature;
import io.waltally.webhooks.sign.StandardSignature;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** The headers of a request, except those of HTTP itself. */
public final class RequestHeaders {
    static final String CLOUD_EVENT = "application/cloudevents+json";

    private static final String CONTENT_TYPE = "Content-Type";
    private static final String USER_AGENT = "User-Agent";
    private static final String WALTALLY = "waltally";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");
    private static final Pattern VALUE = Pattern.compile("[\\x20-\\x7E]*");
    private static final Set<String> SET_HERE = Set.of(
            "connection",
            "content-length",
            "content-type",
            "expect",
            "host",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            StandardSignature.ID,
            StandardSignature.TIMESTAMP,
            StandardSignature.SIGNATURE,
            ApplicationSignature.HEADER.toLowerCase(Locale.ROOT));

    private RequestHeaders() {}

    /**
     * @throws IllegalArgumentException if an endpoint's additional header is invalid; the message does not contain its
     *     value
     */
    static void requireOwn(String name, String value) {
        if (!NAME.matcher(name).matches() || SET_HERE.contains(name.toLowerCase(Locale.ROOT))) {
            throw new IllegalArgumentException(
                    "headers." + name + " must not be given: it is no header's name, or one that waltally sets");
        }
        if (!VALUE.matcher(value).matches()) {
            throw new IllegalArgumentException("headers." + name + " must be one line of ASCII");
        }
    }

    /** The standard headers, in the order in which they are sent; without those of the endpoint. */
    public static Map<String, String> of(Endpoint endpoint, WebhookMessage message, Instant now) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put(CONTENT_TYPE, message.contentType());
        if (endpoint.headers().keySet().stream().noneMatch(USER_AGENT::equalsIgnoreCase)) {
            headers.put(USER_AGENT, WALTALLY);
        }
        headers.put(StandardSignature.ID, message.id());
        headers.put(StandardSignature.TIMESTAMP, Long.toString(now.getEpochSecond()));
        headers.put(
                StandardSignature.SIGNATURE,
                StandardSignature.of(endpoint.secrets(), message.id(), now, message.body()));
        endpoint.applicationSignature()
                .ifPresent(signature -> headers.put(ApplicationSignature.HEADER, signature.of(message.body())));
        return headers;
    }
}
