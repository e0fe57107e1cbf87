package io.waltally.app.http.server;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.Header;
import io.javalin.http.HttpStatus;
import io.waltally.app.config.reading.Suggestions;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Adds routes that the {@link ApiDocument} describes, and checks that requests conform to it. */
public final class DocumentedRoutes {
    private static final Pattern JSON = Pattern.compile(
            "application/json\\s*(;\\s*charset\\s*=\\s*(utf-8|\"utf-8\")\\s*)?", Pattern.CASE_INSENSITIVE);

    private static final Pattern OTHER_CHARSET =
            Pattern.compile("charset\\s*+=\\s*+\"?+(?!utf-8\\b)", Pattern.CASE_INSENSITIVE);

    private final ApiDocument document;
    private final RoutesConfig routes;

    public DocumentedRoutes(ApiDocument document, RoutesConfig routes) {
        this.document = document;
        this.routes = routes;
    }

    /** Adds a GET route, which answers HEAD too. */
    public void get(String path, Handler handler) {
        Handler checked = checked("GET", path, handler);
        routes.get(path, checked);
        routes.head(path, checked);
    }

    /** Adds a route that changes something, with a JSON body. */
    public void post(String path, Handler handler) {
        Handler checked = checked("POST", path, handler);
        routes.post(path, context -> {
            RequestAudit.route(context, path);
            requireJson(context);
            checked.handle(context);
        });
    }

    private static void requireJson(Context context) {
        // The header itself: the server fails to parse one with a charset that it does not know.
        String type = context.header(Header.CONTENT_TYPE);
        if (type == null
                ? context.bodyAsBytes().length > 0
                : !JSON.matcher(type).matches()) {
            throw new Problem(HttpStatus.UNSUPPORTED_MEDIA_TYPE, "the body must be application/json, in UTF-8");
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(context.bodyAsBytes()));
        } catch (CharacterCodingException e) {
            throw new Problem(HttpStatus.BAD_REQUEST, "the body is not encoded in UTF-8");
        }
    }

    /** Checks the body of a request that takes none: absent, or an empty object. */
    public static void requireNoBody(Context context) {
        String body = context.body().trim();
        if (!body.isEmpty() && !body.replaceAll("\\s", "").equals("{}")) {
            throw new Problem(
                    HttpStatus.BAD_REQUEST, "this path takes no body; parameters, if it has any, are in the query");
        }
    }

    private Handler checked(String method, String path, Handler handler) {
        Set<String> parameters = document.queryParameters(method, path);
        return context -> {
            requireUtf8(context);
            requireKnown(context, parameters);
            handler.handle(context);
        };
    }

    /** The query is decoded by the charset of the content type, too. */
    private static void requireUtf8(Context context) {
        String type = context.header(Header.CONTENT_TYPE);
        if (type != null && OTHER_CHARSET.matcher(type).find()) {
            throw new Problem(HttpStatus.BAD_REQUEST, "the charset of the request must be UTF-8");
        }
    }

    private static void requireKnown(Context context, Set<String> parameters) {
        for (Map.Entry<String, List<String>> given : context.queryParamMap().entrySet()) {
            if (!parameters.contains(given.getKey())) {
                throw new Problem(HttpStatus.BAD_REQUEST, unknown(given.getKey(), parameters));
            }
            if (given.getValue().size() > 1) {
                throw new Problem(HttpStatus.BAD_REQUEST, given.getKey() + " is given more than once");
            }
        }
    }

    private static String unknown(String name, Set<String> parameters) {
        String problem = "\"" + name + "\" is not a parameter of this path";
        return Suggestions.nearest(name, parameters)
                .map(meant -> problem + "; did you mean " + meant + "?")
                .orElseGet(() -> problem
                        + (parameters.isEmpty() ? ", which has none" : "; there are " + String.join(", ", parameters)));
    }
}
