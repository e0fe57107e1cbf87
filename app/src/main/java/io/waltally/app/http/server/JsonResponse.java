package io.waltally.app.http.server;

import io.javalin.http.Context;
import io.waltally.app.tally.Json;

/** Writes a JSON document as the response. */
public final class JsonResponse {
    static final String CONTENT_TYPE = "application/json";

    private JsonResponse() {}

    public static void write(Context context, Object document) {
        context.contentType(CONTENT_TYPE).result(Json.write(document));
    }
}
