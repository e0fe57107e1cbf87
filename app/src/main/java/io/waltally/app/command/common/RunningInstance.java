package io.waltally.app.command.common;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.config.HttpSettings;
import io.waltally.app.config.HttpTls;
import io.waltally.app.config.InstanceToken;
import io.waltally.app.config.value.Secret;
import io.waltally.app.http.tls.InstanceTrust;
import io.waltally.app.tally.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Client of the HTTP API of a running instance at the configured address. */
public final class RunningInstance {
    private static final String EVENT = "event: ";
    private static final String DATA = "data: ";
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final HttpClient client;
    private final URI base;
    private final Optional<Secret> token;
    private final Duration timeout;

    RunningInstance(HttpSettings settings, Optional<Secret> token) {
        this(settings, token, TIMEOUT);
    }

    /** @param timeout longest time for an answer */
    RunningInstance(HttpSettings settings, Optional<Secret> token, Duration timeout) {
        HttpClient.Builder builder = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5));
        settings.tls().map(InstanceTrust::context).ifPresent(builder::sslContext);
        this.client = builder.build();
        this.base = settings.uri(settings.fromHere());
        this.token = token;
        this.timeout = timeout;
    }

    /**
     * Sends a POST request.
     *
     * @return empty if nothing listens there
     * @throws CommandFailure with the instance's message if it refuses, or if it has not answered
     */
    public Optional<JsonNode> post(String path, String json) {
        try {
            return send(HttpRequest.newBuilder(base.resolve(path))
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(json)))
                    .map(this::accepted);
        } catch (IOException e) {
            throw new CommandFailure(
                    unanswered(e) + ", so it is not known whether it was accepted; 'waltally status' shows the state"
                            + tlsHint(e),
                    e);
        }
    }

    /**
     * Sends a GET request.
     *
     * @return empty if nothing listens there
     * @throws UnansweredFailure if it does not answer in time, or with something else than HTTP
     * @throws CommandFailure with the instance's message if it refuses
     */
    public Optional<JsonNode> get(String path) {
        return read(path).map(this::accepted);
    }

    /**
     * Sends a GET request that not every instance can answer.
     *
     * @return empty if nothing listens there, or if that instance cannot
     * @throws UnansweredFailure if it does not answer in time, or with something else than HTTP
     * @throws CommandFailure if it does not admit the request
     */
    public Optional<JsonNode> getIfOffered(String path) {
        return read(path)
                .filter(response -> succeeded(response) || notAdmitted(response))
                .map(this::accepted);
    }

    /**
     * Reads a list that not every instance has.
     *
     * @return its items by name; empty if nothing listens there, or if that instance has no such list
     * @throws UnansweredFailure if it does not answer in time, or with something else than HTTP
     * @throws CommandFailure if it does not admit the request
     */
    public Optional<Map<String, JsonNode>> namedItems(String path) {
        return getIfOffered(path).map(answer -> {
            Map<String, JsonNode> items = new LinkedHashMap<>();
            answer.path("items").forEach(item -> items.put(item.path("name").asText(), item));
            return items;
        });
    }

    /**
     * Reads server-sent events until the connection ends.
     *
     * @param connected is called before the first event
     * @param handler of types and data
     * @return false if no instance answers there
     * @throws CommandFailure with the instance's message if it refuses
     * @throws IOException if the connection fails, or if the instance, or what stands in between, cannot serve it now
     */
    public boolean follow(String path, Runnable connected, BiConsumer<String, JsonNode> handler) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path)).GET();
        token.ifPresent(secret -> request.header("Authorization", "Bearer " + secret.reveal()));
        try {
            HttpResponse<InputStream> response =
                    client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            if (!succeeded(response)) {
                try (InputStream body = response.body()) {
                    String text = new String(body.readAllBytes(), StandardCharsets.UTF_8);
                    if (response.statusCode() >= HttpURLConnection.HTTP_INTERNAL_ERROR) {
                        throw new IOException(detail(text).orElse("it answered " + response.statusCode()));
                    }
                    throw refused(response.statusCode(), text);
                }
            }
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
                connected.run();
                handleEvents(lines, handler);
            }
            return true;
        } catch (ConnectException | HttpConnectTimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("interrupted");
        }
    }

    private static void handleEvents(BufferedReader lines, BiConsumer<String, JsonNode> handler) throws IOException {
        String type = "";
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith(EVENT)) {
                type = line.substring(EVENT.length());
            } else if (line.startsWith(DATA)) {
                handler.accept(type, Json.parse(line.substring(DATA.length())));
            }
        }
    }

    private Optional<HttpResponse<String>> read(String path) {
        try {
            return send(HttpRequest.newBuilder(base.resolve(path)).GET());
        } catch (IOException e) {
            throw new UnansweredFailure(unanswered(e) + tlsHint(e), e);
        }
    }

    private String unanswered(IOException failure) {
        return failure instanceof HttpTimeoutException
                ? "the instance at " + base + " has not answered the request within " + timeout.toSeconds() + " s"
                : "what listens at " + base + " has not answered the request (" + failure.getMessage() + ")";
    }

    private static String tlsHint(IOException failure) {
        return failure instanceof HttpTimeoutException
                ? ""
                : ". If it speaks TLS, the configuration needs " + HttpTls.CERTIFICATE;
    }

    /** Empty if nothing listens there. */
    private Optional<HttpResponse<String>> send(HttpRequest.Builder request) throws IOException {
        token.ifPresent(secret -> request.header("Authorization", "Bearer " + secret.reveal()));
        try {
            return Optional.of(client.send(request.timeout(timeout).build(), HttpResponse.BodyHandlers.ofString()));
        } catch (SSLException e) {
            throw new CommandFailure(
                    "the instance at " + base + " cannot be reached by TLS: " + e.getMessage() + "; " + HttpTls.TRUSTED
                            + " names the certificates of trusted issuers",
                    e);
        } catch (ConnectException | HttpConnectTimeoutException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("interrupted");
        }
    }

    private JsonNode accepted(HttpResponse<String> response) {
        if (succeeded(response)) {
            return object(response.body());
        }
        throw refused(response.statusCode(), response.body());
    }

    private JsonNode object(String body) {
        try {
            JsonNode answer = Json.parse(body);
            if (answer.isObject()) {
                return answer;
            }
        } catch (IllegalArgumentException e) {
            throw notWaltally(e);
        }
        throw notWaltally(null);
    }

    private CommandFailure notWaltally(@Nullable Exception cause) {
        return new CommandFailure(
                base + " is not waltally: its answer is no JSON object. The log of an instance names its port"
                        + " (http.port)",
                cause);
    }

    private CommandFailure refused(int status, String body) {
        String detail = detail(status, body);
        // For example, a table that is not captured.
        if (status == HttpURLConnection.HTTP_BAD_REQUEST || status == HttpURLConnection.HTTP_NOT_FOUND) {
            return CommandFailure.wrongUsage(detail);
        }
        if (status == HttpURLConnection.HTTP_UNAUTHORIZED) {
            return new CommandFailure("the instance at " + base + " refuses the request: " + detail
                    + ". Commands take the token from " + InstanceToken.OPTION + ", the environment variable "
                    + InstanceToken.VARIABLE + ", or the configuration");
        }
        return new CommandFailure(detail);
    }

    private static boolean succeeded(HttpResponse<?> response) {
        return response.statusCode() < HttpURLConnection.HTTP_MULT_CHOICE;
    }

    private static boolean notAdmitted(HttpResponse<String> response) {
        return response.statusCode() == HttpURLConnection.HTTP_UNAUTHORIZED
                || response.statusCode() == HttpURLConnection.HTTP_FORBIDDEN;
    }

    private String detail(int status, String body) {
        return detail(body).orElse(base + " is not waltally: it answered " + status);
    }

    /** The message of a problem document; empty if the body is something else. */
    private static Optional<String> detail(String body) {
        try {
            return Optional.ofNullable(Json.parse(body).path("detail").textValue());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    @Override
    public String toString() {
        return base.toString();
    }
}
