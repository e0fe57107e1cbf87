package io.waltally.app.http.route.tally;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.javalin.http.Header;
import io.javalin.http.HttpStatus;
import io.waltally.app.config.ApiToken.Scope;
import io.waltally.app.config.HttpSettings;
import io.waltally.app.http.server.Problem;
import io.waltally.app.http.tls.InstanceTrust;
import io.waltally.app.tally.Json;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/** Forwards requests about users to the instances that have them. */
public final class Peers {
    private static final String FORWARDED = "Waltally-Forwarded";
    private static final String PARTITIONS = "Waltally-User-Partitions";
    private static final Pattern PARTITION_LIST = Pattern.compile("[0-9]{1,9}(,[0-9]{1,9})*");
    private static final String SOME_USERS = "the tallies of some users";
    private static final List<String> PASSED_ON = List.of(Header.CONTENT_TYPE, Header.RETRY_AFTER);

    /** 401 and 403: this instance admitted the request, so the other one is configured otherwise. */
    private static final Set<Integer> REFUSED =
            Set.of(HttpURLConnection.HTTP_UNAUTHORIZED, HttpURLConnection.HTTP_FORBIDDEN);

    /** About the LSN that a request waits for: every other instance would answer the same. */
    private static final Set<Integer> OF_LSN =
            Set.of(HttpURLConnection.HTTP_CONFLICT, HttpURLConnection.HTTP_GATEWAY_TIMEOUT);

    /** Time in addition to that of the request. */
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final HttpClient client;
    private final Executor responses;

    /** @param responses executor that handles the responses */
    public Peers(HttpSettings settings, Executor responses) {
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT);
        settings.tls().map(InstanceTrust::context).ifPresent(builder::sslContext);
        this.client = builder.build();
        this.responses = responses;
    }

    /**
     * Forwards the request to the owner, with its token, and relays the response, without blocking a thread.
     *
     * @param allowed how long the request allows the owner to wait before it answers
     * @throws TallyQueries.NotNow if another instance took this one for the owner
     */
    void ask(Context context, URI owner, Duration allowed) {
        if (context.header(FORWARDED) != null) {
            throw new TallyQueries.TalliesUnavailableException(
                    "this user's tallies are on their way to another instance; try again");
        }
        context.future(() -> send(context, owner, allowed, FORWARDED, "1", "this user's tallies")
                .thenAcceptAsync(response -> forwardResponse(owner, response, context), responses));
    }

    private CompletableFuture<HttpResponse<String>> send(
            Context context, URI owner, Duration allowed, String header, String value, String what) {
        HttpRequest.Builder request = HttpRequest.newBuilder(owner.resolve(target(context)))
                .timeout(allowed.plus(TIMEOUT))
                .header(header, value);
        Optional.ofNullable(context.header(Header.AUTHORIZATION))
                .ifPresent(token -> request.header(Header.AUTHORIZATION, token));
        return client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString())
                .exceptionally(failure -> {
                    throw notAnswered(owner, failure, what);
                });
    }

    /**
     * The partitions of users that another instance asks this one for; empty if the request does not come from one.
     *
     * @throws Problem if there is such a header, and no instance would send it
     */
    static Optional<Set<Integer>> partitionsAskedFor(Context context) {
        return Optional.ofNullable(context.header(PARTITIONS)).map(text -> {
            if (!PARTITION_LIST.matcher(text).matches()) {
                throw Problem.parameter(PARTITIONS, text, "must be numbers of partitions, with commas between them");
            }
            return Stream.of(text.split(",")).map(Integer::valueOf).collect(Collectors.toCollection(TreeSet::new));
        });
    }

    /**
     * Sends the request, with its token, to the instance that has some partitions of users, for these only.
     *
     * @param allowed how long the request allows the owner to wait before it answers
     * @return the response; fails with {@link TallyQueries.NotNow} if there is none, and with the {@link Problem} if it is
     *     that the LSN of the request was not reached
     */
    CompletableFuture<ObjectNode> ask(Context context, URI owner, Set<Integer> partitions, Duration allowed) {
        String asked = partitions.stream().map(Object::toString).collect(Collectors.joining(","));
        return send(context, owner, allowed, PARTITIONS, asked, SOME_USERS)
                .thenApplyAsync(response -> part(owner, response), responses);
    }

    private static ObjectNode part(URI owner, HttpResponse<String> response) {
        requireAdmitted(owner, response, SOME_USERS);
        JsonNode body = json(response.body());
        if (response.statusCode() == HttpURLConnection.HTTP_OK && body instanceof ObjectNode part) {
            return part;
        }
        String detail = body.path("detail").asText(response.body());
        if (OF_LSN.contains(response.statusCode())) {
            JsonNode asOf = body.path(TallyResponses.AS_OF);
            throw new Problem(
                    HttpStatus.forStatus(response.statusCode()),
                    detail,
                    asOf.isMissingNode() ? Map.of() : Map.of(TallyResponses.AS_OF, asOf));
        }
        throw new TallyQueries.TalliesUnavailableException("the instance that has " + SOME_USERS + ", " + owner
                + ", answers " + response.statusCode() + ": " + detail);
    }

    private static JsonNode json(String text) {
        try {
            return Json.parse(text);
        } catch (IllegalArgumentException e) {
            return MissingNode.getInstance();
        }
    }

    private static String target(Context context) {
        String query = context.queryString();
        return context.path() + (query == null ? "" : "?" + query);
    }

    private static RuntimeException notAnswered(URI owner, Throwable failure, String what) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof SSLException) {
            return new TallyQueries.TalliesUnavailableException("the instance that has " + what + ", " + owner
                    + ", cannot be reached by TLS (http.tls.trusted): " + cause.getMessage());
        }
        return cause instanceof IOException
                ? new TallyQueries.TalliesUnavailableException(
                        "the instance that has " + what + ", " + owner + ", does not answer; try again")
                : new IllegalStateException("asking " + owner + " failed", cause);
    }

    private static void forwardResponse(URI owner, HttpResponse<String> response, Context context) {
        requireAdmitted(owner, response, "this user's tallies");
        context.status(response.statusCode()).result(response.body());
        for (String name : PASSED_ON) {
            response.headers().firstValue(name).ifPresent(value -> context.header(name, value));
        }
    }

    private static void requireAdmitted(URI owner, HttpResponse<String> response, String what) {
        if (REFUSED.contains(response.statusCode())) {
            throw new TallyQueries.TalliesUnavailableException("the instance that has " + what + ", " + owner
                    + ", answers "
                    + response.statusCode() + ": all instances need the same tokens (" + Scope.READ.key() + ", "
                    + Scope.OPERATE.key() + "), and must know the address by which others ask them (http.advertised)");
        }
    }
}
