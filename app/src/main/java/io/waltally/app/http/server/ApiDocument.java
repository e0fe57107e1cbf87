package io.waltally.app.http.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.waltally.app.tally.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * The OpenAPI 3.1 description of the HTTP API, written by hand in {@code openapi.yaml}. It is served, and enforced: routes
 * and parameters that it does not describe do not exist.
 */
public final class ApiDocument {
    public static final String PATH = "/api/openapi.json";

    private static final String RESOURCE = "/io/waltally/app/http/openapi.yaml";
    private static final String SECURITY = "security";

    private final JsonNode document;

    private ApiDocument(JsonNode document) {
        this.document = document;
    }

    public static ApiDocument load() {
        try (InputStream yaml = ApiDocument.class.getResourceAsStream(RESOURCE)) {
            return new ApiDocument(new YAMLMapper().readTree(yaml));
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + RESOURCE, e);
        }
    }

    /** @param tokens whether this instance asks for tokens; if not, the served document requires none */
    public void addTo(DocumentedRoutes routes, boolean tokens) {
        String json = Json.write(tokens ? document : withoutSecurity());
        routes.get(
                PATH, context -> context.contentType(JsonResponse.CONTENT_TYPE).result(json));
    }

    private JsonNode withoutSecurity() {
        ObjectNode open = document.deepCopy();
        open.remove(SECURITY);
        open.path("paths").forEach(path -> path.forEach(operation -> ((ObjectNode) operation).remove(SECURITY)));
        return open;
    }

    public JsonNode json() {
        return document;
    }

    /** The paths whose GET needs no token. */
    Set<String> openPaths() {
        Set<String> open = new TreeSet<>();
        document.path("paths").properties().forEach(path -> {
            JsonNode security = path.getValue().path("get").path(SECURITY);
            if (security.isArray() && security.isEmpty()) {
                open.add(path.getKey());
            }
        });
        return open;
    }

    /**
     * The names of the query parameters of a route.
     *
     * @throws IllegalStateException if the document does not describe the route
     */
    Set<String> queryParameters(String method, String path) {
        JsonNode operation = document.path("paths").path(path).path(method.toLowerCase(Locale.ROOT));
        if (operation.isMissingNode()) {
            throw new IllegalStateException(RESOURCE + " does not describe " + method + " " + path);
        }
        Set<String> names = new TreeSet<>();
        for (JsonNode parameter : operation.path("parameters")) {
            JsonNode described = parameter.has("$ref")
                    ? document.at(parameter.path("$ref").asText().substring(1))
                    : parameter;
            if (described.path("in").asText().equals("query")) {
                names.add(described.path("name").asText());
            }
        }
        return names;
    }
}
