package io.waltally.app.http.route;

import io.javalin.http.Context;
import io.javalin.http.Header;
import io.waltally.app.config.ApiToken.Scope;
import io.waltally.app.config.HttpSettings;
import io.waltally.app.http.tls.InstanceTrust;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLException;

/** Forwards requests about users to the instances that have them. */
public final class Peers {
    private static final String FORWARDED = "Waltally-Forwarded";
    private static final List<String> PASSED_ON = List.of(Header.CONTENT_TYPE, Header.RETRY_AFTER);

    /** 401 and 403: this instance admitted the request, so the other one is configured otherwise. */
    private static final Set<Integer> REFUSED =
            Set.of(HttpURLConnection.HTTP_UNAUTHORIZED, HttpURLConnection.HTTP_FORBIDDEN);

    /** Time in addition to that of the request. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final HttpClient client;
    private final Executor answers;

    /** @param answers executor of the answers */
    public Peers(HttpSettings settings, Executor answers) {
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE);
        settings.tls().map(InstanceTrust::context).ifPresent(builder::sslContext);
        this.client = builder.build();
        this.answers = answers;
    }

    /**
     * Forwards the request to the owner, with its token, and relays the answer, without blocking a thread.
     *
     * @param allowed how long the request allows the owner to wait before it answers
     * @throws TallyQueries.NotNow if another instance took this one for the owner
     */
    void ask(Context context, URI owner, Duration allowed) {
        if (context.header(FORWARDED) != null) {
            throw new TallyQueries.NotNow("this user's tallies are on their way to another instance; try again");
        }
        HttpRequest.Builder request = HttpRequest.newBuilder(owner.resolve(target(context)))
                .timeout(allowed.plus(PATIENCE))
                .header(FORWARDED, "1");
        Optional.ofNullable(context.header(Header.AUTHORIZATION))
                .ifPresent(token -> request.header(Header.AUTHORIZATION, token));
        context.future(() -> client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString())
                .exceptionally(failure -> {
                    throw notAnswered(owner, failure);
                })
                .thenAcceptAsync(response -> passOn(owner, response, context), answers));
    }

    private static String target(Context context) {
        String query = context.queryString();
        return context.path() + (query == null ? "" : "?" + query);
    }

    private static RuntimeException notAnswered(URI owner, Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof SSLException) {
            return new TallyQueries.NotNow("the instance that has this user's tallies, " + owner
                    + ", cannot be reached by TLS (http.tls.trusted): " + cause.getMessage());
        }
        return cause instanceof IOException
                ? new TallyQueries.NotNow(
                        "the instance that has this user's tallies, " + owner + ", does not answer; try again")
                : new IllegalStateException("asking " + owner + " failed", cause);
    }

    private static void passOn(URI owner, HttpResponse<String> response, Context context) {
        if (REFUSED.contains(response.statusCode())) {
            throw new TallyQueries.NotNow("the instance that has this user's tallies, " + owner + ", answers "
                    + response.statusCode() + ": all instances need the same tokens (" + Scope.READ.key() + ", "
                    + Scope.OPERATE.key() + "), and must know the address by which others ask them (http.advertised)");
        }
        context.status(response.statusCode()).result(response.body());
        for (String name : PASSED_ON) {
            response.headers().firstValue(name).ifPresent(value -> context.header(name, value));
        }
    }
}
