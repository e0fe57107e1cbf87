package io.waltally.app.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HttpStatus;
import io.waltally.app.config.Spelling;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Adds routes that the {@link ApiDocument} describes, and sees to it that requests are as described. */
final class DocumentedRoutes {
    private final ApiDocument document;
    private final RoutesConfig routes;

    DocumentedRoutes(ApiDocument document, RoutesConfig routes) {
        this.document = document;
        this.routes = routes;
    }

    /** For HEAD too, which is answered as GET is, without the body. */
    void get(String path, Handler handler) {
        Handler checked = checked("GET", path, handler);
        routes.get(path, checked);
        routes.head(path, checked);
    }

    void post(String path, Handler handler) {
        routes.post(path, checked("POST", path, handler));
    }

    private Handler checked(String method, String path, Handler handler) {
        Set<String> parameters = document.queryParameters(method, path);
        return context -> {
            requireKnown(context, parameters);
            handler.handle(context);
        };
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
        return Spelling.nearest(name, parameters)
                .map(meant -> problem + "; did you mean " + meant + "?")
                .orElseGet(() -> problem
                        + (parameters.isEmpty() ? ", which has none" : "; there are " + String.join(", ", parameters)));
    }
}
