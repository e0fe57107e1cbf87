package io.waltally.app.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.Javalin;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.http.HttpStatus;
import io.javalin.util.JavalinBindException;
import io.waltally.app.config.HttpSettings;
import io.waltally.app.metrics.Metrics;
import io.waltally.app.status.StatusReport;
import io.waltally.app.tally.AvroJson;
import io.waltally.app.tally.Json;
import io.waltally.schemas.agg.BackendKey;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.UserCollectionKey;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tallies and state over HTTP. Every tally is the last committed one of its topic; {@code as_of} is empty because no
 * applied LSN is measured yet: none is better than one that promises too much.
 */
public final class HttpApi implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpApi.class);

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private static final String JSON = "application/json";
    private static final String FORWARDED = "Waltally-Forwarded";
    private static final Duration FORWARD_TIMEOUT = Duration.ofSeconds(5);

    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(FORWARD_TIMEOUT).build();
    private final Supplier<Readiness> readiness;
    private final Supplier<StatusReport> status;
    private final Supplier<String> metrics;
    private final Optional<TallyQueries> tallies;
    private final Javalin server;

    /**
     * @param metrics in Prometheus' text format
     * @throws PortTakenException if something else listens there
     */
    public HttpApi(
            HttpSettings settings,
            Supplier<Readiness> readiness,
            Supplier<StatusReport> status,
            Supplier<String> metrics,
            Optional<TallyQueries> tallies,
            CaptureControl captures) {
        this.readiness = readiness;
        this.status = status;
        this.metrics = metrics;
        this.tallies = tallies;
        this.server = Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.startup.startupWatcherEnabled = false;
            config.startup.showOldJavalinVersionWarning = false;
            config.http.prefer405over404 = true;
            addRoutes(config.routes);
            new CaptureRoutes(captures).addTo(config.routes);
        });
        try {
            server.start(settings.host(), settings.port());
        } catch (JavalinBindException e) {
            server.stop();
            throw new PortTakenException(settings.host(), settings.port());
        }
        LOG.info("HTTP API at http://{}:{}", settings.host(), server.port());
    }

    private void addRoutes(RoutesConfig routes) {
        routes.get("/healthz", context -> answer(context, Map.of("status", "up")));
        routes.get("/readyz", this::readyz);
        routes.get(
                "/metrics", context -> context.contentType(Metrics.CONTENT_TYPE).result(metrics.get()));
        routes.get("/api/status", context -> answer(context, status.get()));
        routes.get("/api/backends", this::backends);
        routes.get("/api/backends/{name}", this::backend);
        routes.get("/api/users/{id}/collections", this::userCollections);
        routes.exception(Problem.class, Problem::answer);
        routes.exception(
                TallyQueries.NotNow.class,
                (e, context) -> new Problem(HttpStatus.SERVICE_UNAVAILABLE, e.getMessage()).answer(context));
        routes.exception(
                HttpResponseException.class,
                (e, context) -> new Problem(HttpStatus.forStatus(e.getStatus()), e.getMessage()).answer(context));
        routes.exception(Exception.class, (e, context) -> {
            LOG.error("{} {} failed", context.method(), context.path(), e);
            new Problem(HttpStatus.INTERNAL_SERVER_ERROR, "the request failed; the log says why").answer(context);
        });
    }

    private void readyz(Context context) {
        Readiness now = readiness.get();
        context.status(now.ready() ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE);
        answer(context, now);
    }

    private void backends(Context context) {
        ArrayNode items = NODES.arrayNode();
        tallies().backends().forEach((name, quota) -> items.add(backend(name, quota)));
        answerList(context, items);
    }

    private void backend(Context context) {
        String name = context.pathParam("name");
        BackendQuota quota = tallies().backends().get(name);
        if (quota == null) {
            throw new Problem(HttpStatus.NOT_FOUND, "there is no backend \"" + name + "\"");
        }
        answer(context, backend(name, quota).set("as_of", asOf()));
    }

    private static ObjectNode backend(String name, BackendQuota quota) {
        return AvroJson.object(new BackendKey(name), quota);
    }

    private void userCollections(Context context) {
        long user = userId(context.pathParam("id"));
        Optional<URI> owner = tallies().elsewhere(user);
        if (owner.isPresent()) {
            forward(context, owner.get());
            return;
        }
        ArrayNode items = NODES.arrayNode();
        tallies()
                .collections(user)
                .forEach((collection, tally) ->
                        items.add(AvroJson.object(new UserCollectionKey(user, collection), tally)));
        answerList(context, items);
    }

    /** Users are spread over the instances; whichever is asked answers for the one that has this user. */
    private void forward(Context context, URI owner) {
        if (context.header(FORWARDED) != null) {
            throw new TallyQueries.NotNow("this user's tallies are on their way to another instance; try again");
        }
        HttpRequest request = HttpRequest.newBuilder(owner.resolve(context.path()))
                .timeout(FORWARD_TIMEOUT)
                .header(FORWARDED, "1")
                .build();
        try {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            context.status(response.statusCode())
                    .contentType(response.headers().firstValue("content-type").orElse(JSON))
                    .result(response.body());
        } catch (IOException e) {
            throw new TallyQueries.NotNow("the instance that has this user's tallies, " + owner + ", does not answer");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TallyQueries.NotNow("this instance is stopping");
        }
    }

    private TallyQueries tallies() {
        return tallies.orElseThrow(() ->
                new TallyQueries.NotNow("this instance does not run the topologies (role streams); ask one that does"));
    }

    private static long userId(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new Problem(HttpStatus.BAD_REQUEST, "user id is \"" + text + "\": must be a whole number");
        }
    }

    private static ObjectNode asOf() {
        return NODES.objectNode();
    }

    private static void answerList(Context context, ArrayNode items) {
        ObjectNode list = NODES.objectNode();
        list.set("items", items);
        list.set("as_of", asOf());
        list.putNull("next");
        answer(context, list);
    }

    private static void answer(Context context, Object document) {
        context.contentType(JSON).result(Json.write(document));
    }

    public int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.stop();
    }
}
