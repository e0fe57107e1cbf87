package io.waltally.app.http.route;

import io.javalin.http.Context;
import io.javalin.http.Header;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/** Forwards requests about users to the instances that have them. */
public final class Peers {
    private static final String FORWARDED = "Waltally-Forwarded";
    private static final List<String> PASSED_ON = List.of(Header.CONTENT_TYPE, Header.RETRY_AFTER);

    /** Time in addition to that of the request. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build();
    private final Executor answers;

    /** @param answers executor of the answers */
    public Peers(Executor answers) {
        this.answers = answers;
    }

    /**
     * Forwards the request to the owner and relays the answer, without blocking a thread.
     *
     * @param allowed how long the request allows the owner to wait before it answers
     * @throws TallyQueries.NotNow if another instance took this one for the owner
     */
    void ask(Context context, URI owner, Duration allowed) {
        if (context.header(FORWARDED) != null) {
            throw new TallyQueries.NotNow("this user's tallies are on their way to another instance; try again");
        }
        HttpRequest request = HttpRequest.newBuilder(owner.resolve(target(context)))
                .timeout(allowed.plus(PATIENCE))
                .header(FORWARDED, "1")
                .build();
        context.future(() -> client.sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .exceptionally(failure -> {
                    throw notAnswered(owner, failure);
                })
                .thenAcceptAsync(response -> passOn(response, context), answers));
    }

    private static String target(Context context) {
        String query = context.queryString();
        return context.path() + (query == null ? "" : "?" + query);
    }

    private static RuntimeException notAnswered(URI owner, Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause instanceof IOException
                ? new TallyQueries.NotNow(
                        "the instance that has this user's tallies, " + owner + ", does not answer; try again")
                : new IllegalStateException("asking " + owner + " failed", cause);
    }

    private static void passOn(HttpResponse<String> response, Context context) {
        context.status(response.statusCode()).result(response.body());
        for (String name : PASSED_ON) {
            response.headers().firstValue(name).ifPresent(value -> context.header(name, value));
        }
    }
}
