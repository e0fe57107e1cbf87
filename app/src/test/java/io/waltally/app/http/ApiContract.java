package io.waltally.app.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.waltally.app.http.server.ApiDocument;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The API document, applied strictly: an answer must not contain fields that it does not name. */
public final class ApiContract {
    private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    private final JsonNode document = ApiDocument.load().json();

    public ApiContract() {
        document.path("components").path("schemas").forEach(ApiContract::closeParts);
        for (JsonNode response : responses()) {
            response.path("content").forEach(content -> close(content.path("schema")));
        }
    }

    private List<JsonNode> responses() {
        List<JsonNode> responses = new ArrayList<>();
        document.path("components").path("responses").forEach(responses::add);
        document.path("paths")
                .forEach(path ->
                        path.forEach(operation -> operation.path("responses").forEach(responses::add)));
        return responses;
    }

    /** A schema that may be a part of another one does not know what else that one has; its own parts are whole. */
    private static void closeParts(JsonNode schema) {
        schema.path("properties").forEach(ApiContract::close);
        if (schema.path("additionalProperties").isObject()) {
            close(schema.path("additionalProperties"));
        }
        if (schema.has("items")) {
            close(schema.path("items"));
        }
        schema.path("allOf").forEach(ApiContract::closeParts);
    }

    private static void close(JsonNode schema) {
        closeParts(schema);
        ((ObjectNode) schema).put("unevaluatedProperties", false);
    }

    /** The path with names for which there is an answer. */
    public static String filled(String path) {
        return path.replace("loggers/{name}", "loggers/root")
                .replace("{name}", "x")
                .replace("{id}", "42")
                .replace("{source}", "s3");
    }

    /** A body that a POST request to the path may have. */
    public static String body(String path) {
        if (path.endsWith("/snapshots")) {
            return "{\"table\": \"x\"}";
        }
        if (path.startsWith("/api/loggers/")) {
            return "{\"level\": \"WARN\"}";
        }
        if (path.endsWith("/api/webhooks")) {
            return "{\"name\": \"x\", \"url\": \"https://hooks.example.com/x\"}";
        }
        if (path.startsWith("/api/dead-letters")) {
            return "{\"stage\": \"streams\", \"ids\": [\"x\"]}";
        }
        return path.matches(".*/api/webhooks/[^/]*/change") ? "{\"timeout\": \"1s\"}" : "";
    }

    /** The paths, with the names of their parameters in braces, that take the method. */
    public List<String> paths(String method) {
        List<String> paths = new ArrayList<>();
        document.path("paths").properties().forEach(path -> {
            if (path.getValue().has(method.toLowerCase(Locale.ROOT))) {
                paths.add(path.getKey());
            }
        });
        return paths;
    }

    /** The parameters of an operation by name. */
    Map<String, JsonNode> parameters(String method, String path) {
        Map<String, JsonNode> parameters = new LinkedHashMap<>();
        document.path("paths")
                .path(path)
                .path(method.toLowerCase(Locale.ROOT))
                .path("parameters")
                .forEach(parameter ->
                        parameters.put(resolved(parameter).path("name").asText(), resolved(parameter)));
        return parameters;
    }

    /** The scopes of tokens that an operation needs; empty if it needs no token. */
    List<String> scopes(String method, String path) {
        JsonNode operation = document.path("paths").path(path).path(method.toLowerCase(Locale.ROOT));
        JsonNode security = operation.has("security") ? operation.path("security") : document.path("security");
        List<String> scopes = new ArrayList<>();
        security.forEach(needed -> needed.path("token").forEach(scope -> scopes.add(scope.asText())));
        return scopes;
    }

    boolean allows(JsonNode schema, JsonNode value) {
        return errors(schema, value).isEmpty();
    }

    /** @throws AssertionError if the path is described, and such an answer is not */
    void check(String method, String path, int status, String contentType, JsonNode body) {
        Optional<String> described = paths(method).stream()
                .filter(template -> matches(template, path.replaceFirst("\\?.*", "")))
                .findFirst();
        if (described.isPresent() && status != 500) {
            JsonNode response = resolved(document.path("paths")
                    .path(described.get())
                    .path(method.toLowerCase(Locale.ROOT))
                    .path("responses")
                    .path(Integer.toString(status)));
            String mediaType = contentType.replaceFirst(";.*", "");
            JsonNode schema = response.path("content").path(mediaType).path("schema");
            assertThat(schema.isMissingNode())
                    .as("%s %s is not said to answer %d with %s", method, described.get(), status, mediaType)
                    .isFalse();
            assertThat(errors(schema, body)).as("%s %s: %s", method, path, body).isEmpty();
        }
    }

    private static boolean matches(String template, String path) {
        String pattern = Pattern.quote(template).replaceAll("\\{\\w+}", "\\\\E[^/]+\\\\Q");
        return path.matches(pattern);
    }

    private JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? document.at(node.path("$ref").asText().substring(1)) : node;
    }

    private List<String> errors(JsonNode schema, JsonNode body) {
        ObjectNode whole = schema.deepCopy();
        whole.set("components", document.path("components"));
        return SCHEMAS
                .getSchema(whole)
                .validate(body, context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)))
                .stream()
                .map(Object::toString)
                .toList();
    }
}
