package io.waltally.app.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.http.Context;
import io.javalin.http.Header;
import io.javalin.http.HttpStatus;
import io.waltally.app.tally.Json;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** An error as RFC 9457 describes it. Its message is the detail: what is wrong with this request, or with this moment. */
final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1;

    static final String CONTENT_TYPE = "application/problem+json";

    static final String RETRY_AFTER_SECONDS = "1";

    private final HttpStatus status;
    private final transient Map<String, JsonNode> members;

    Problem(HttpStatus status, String detail) {
        this(status, detail, Map.of());
    }

    /** @param members what a program may want to know beside the detail */
    Problem(HttpStatus status, String detail, Map<String, JsonNode> members) {
        super(detail);
        this.status = status;
        this.members = Map.copyOf(members);
    }

    /** A parameter of the request that breaks a rule. */
    static Problem parameter(String name, String value, String rule) {
        return new Problem(HttpStatus.BAD_REQUEST, name + " is \"" + value + "\": " + rule);
    }

    void answer(Context context) {
        if (status == HttpStatus.SERVICE_UNAVAILABLE) {
            context.header(Header.RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        // Without a charset in the content type, which JSON has none of, the server would write a text as ISO-8859-1.
        context.status(status)
                .contentType(CONTENT_TYPE)
                .result(json(context.path()).getBytes(StandardCharsets.UTF_8));
    }

    String json(String instance) {
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
