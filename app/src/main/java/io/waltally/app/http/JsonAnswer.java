package io.waltally.app.http;

import io.javalin.http.Context;
import io.waltally.app.tally.Json;

/** Writes a document as the answer. */
final class JsonAnswer {
    static final String CONTENT_TYPE = "application/json";

    private JsonAnswer() {}

    static void write(Context context, Object document) {
        context.contentType(CONTENT_TYPE).result(Json.write(document));
    }
}
