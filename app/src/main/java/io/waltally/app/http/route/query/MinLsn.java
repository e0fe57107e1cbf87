package io.waltally.app.http.route.query;

import io.javalin.http.Context;
import io.waltally.app.config.value.DurationText;
import io.waltally.app.http.server.Problem;
import io.waltally.schemas.Lsn;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * The parameters of a consistent read: the answer includes every transaction that committed before an LSN.
 *
 * @param timeout longest time that the answer may wait
 */
public record MinLsn(Lsn lsn, Duration timeout) {
    private static final String LSN = "min_lsn";
    private static final String TIMEOUT = "timeout";
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration MAX_TIMEOUT = Duration.ofSeconds(60);

    /** @throws Problem if a parameter is malformed */
    public static Optional<MinLsn> of(Context context) {
        Optional<Lsn> lsn = parsed(context, LSN, Lsn::parse);
        Optional<Duration> timeout = parsed(context, TIMEOUT, MinLsn::timeout);
        return lsn.map(wanted -> new MinLsn(wanted, timeout.orElse(DEFAULT_TIMEOUT)));
    }

    private static Duration timeout(String text) {
        Duration timeout = DurationText.parse(text);
        if (timeout.compareTo(MAX_TIMEOUT) > 0) {
            throw new IllegalArgumentException("must be at most " + MAX_TIMEOUT.toSeconds() + "s");
        }
        return timeout;
    }

    private static <T> Optional<T> parsed(Context context, String name, Function<String, T> parse) {
        return Optional.ofNullable(context.queryParam(name)).map(text -> {
            try {
                return parse.apply(text);
            } catch (IllegalArgumentException e) {
                throw Problem.parameter(name, text, e.getMessage());
            }
        });
    }
}
