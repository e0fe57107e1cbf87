package io.waltally.app.http;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.waltally.app.tally.Json;
import java.util.LinkedHashMap;
import java.util.Map;

/** An error as RFC 9457 describes it. Its message is the detail: what is wrong with this request, or with this moment. */
final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final HttpStatus status;

    Problem(HttpStatus status, String detail) {
        super(detail);
        this.status = status;
    }

    void answer(Context context) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("type", "about:blank");
        document.put("title", status.getMessage());
        document.put("status", status.getCode());
        document.put("detail", getMessage());
        document.put("instance", context.path());
        context.status(status).contentType("application/problem+json").result(Json.write(document));
    }
}
