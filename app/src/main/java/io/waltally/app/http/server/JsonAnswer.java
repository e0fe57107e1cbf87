package io.waltally.app.http.server;

import io.javalin.http.Context;
import io.waltally.app.tally.Json;

/** Writes a JSON document as the answer. */
public final class JsonAnswer {
    static final String CONTENT_TYPE = "application/json";

    private JsonAnswer() {}

    public static void write(Context context, Object document) {
        context.contentType(CONTENT_TYPE).result(Json.write(document));
    }
}
