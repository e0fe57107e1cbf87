package io.waltally.app.http.server;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.http.Context;
import io.javalin.http.Header;
import io.javalin.http.HttpStatus;
import io.waltally.app.tally.Json;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** An error in the form of RFC 9457. The message is the detail. */
public final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1;

    public static final String CONTENT_TYPE = "application/problem+json";

    public static final String RETRY_AFTER_SECONDS = "1";

    private final HttpStatus status;
    private final transient Map<String, JsonNode> members;

    public Problem(HttpStatus status, String detail) {
        this(status, detail, Map.of());
    }

    /** @param members additional fields for programs */
    public Problem(HttpStatus status, String detail, Map<String, JsonNode> members) {
        super(detail);
        this.status = status;
        this.members = Map.copyOf(members);
    }

    /** A parameter of the request that breaks a rule. */
    public static Problem parameter(String name, String value, String rule) {
        return new Problem(HttpStatus.BAD_REQUEST, name + " is \"" + value + "\": " + rule);
    }

    public void respond(Context context) {
        if (status == HttpStatus.SERVICE_UNAVAILABLE) {
            context.header(Header.RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        // As bytes: without a charset in the content type the server would write text in ISO-8859-1.
        context.status(status)
                .contentType(CONTENT_TYPE)
                .result(json(context.path()).getBytes(StandardCharsets.UTF_8));
    }

    public String json(String instance) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("type", "about:blank");
        document.put("title", status.getMessage());
        document.put("status", status.getCode());
        document.put("detail", getMessage());
        document.put("instance", instance);
        document.putAll(members);
        return Json.write(document);
    }
}
