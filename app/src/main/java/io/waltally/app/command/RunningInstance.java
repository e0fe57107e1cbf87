package io.waltally.app.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.config.HttpSettings;
import io.waltally.app.tally.Json;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/** Client of the HTTP API of a running instance at the configured address. */
final class RunningInstance {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final URI base;

    RunningInstance(HttpSettings settings) {
        this.base = settings.fromHere().uri();
    }

    /**
     * Sends a POST request.
     *
     * @return empty if no instance answers there
     * @throws CommandFailure with the instance's message if it refuses
     */
    Optional<JsonNode> post(String path, String json) {
        return send(HttpRequest.newBuilder(base.resolve(path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    /** Sends a GET request, as {@link #post} does. */
    Optional<JsonNode> get(String path) {
        return send(HttpRequest.newBuilder(base.resolve(path)).GET());
    }

    private Optional<JsonNode> send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> response =
                    client.send(request.timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
            // For example, a table that is not captured.
            if (response.statusCode() == HttpURLConnection.HTTP_BAD_REQUEST
                    || response.statusCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                throw CommandFailure.wrongUsage(detail(response));
            }
            if (response.statusCode() >= 300) {
                throw new CommandFailure(detail(response));
            }
            return Optional.of(Json.parse(response.body()));
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("interrupted");
        }
    }

    private String detail(HttpResponse<String> response) {
        try {
            return Json.parse(response.body()).path("detail").asText(response.body());
        } catch (IllegalArgumentException e) {
            return base + " is not waltally: it answered " + response.statusCode();
        }
    }

    @Override
    public String toString() {
        return base.toString();
    }
}
