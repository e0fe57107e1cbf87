package io.waltally.connectors.capture;

import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Debezium could not make a change of what the server sent, such as of a numeric that is not a number. There is no
 * record that could be set aside.
 */
final class DecodingFailure {
    /** Debezium's words: no exception of its own tells the position. */
    private static final Pattern PLACE =
            Pattern.compile("Error while processing event at offset \\{.*\\blsn=(\\d+)\\b.*", Pattern.DOTALL);

    private DecodingFailure() {}

    /** The error in terms of what to do about it, if it is one of decoding that will not pass by itself. */
    static Optional<CaptureException> in(Throwable error, Source source) {
        if (Failure.of(error) != Failure.PERMANENT) {
            return Optional.empty();
        }
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            Matcher place = PLACE.matcher(String.valueOf(cause.getMessage()));
            if (cause.getCause() != null && place.matches()) {
                return Optional.of(new CaptureException(
                        "change at " + new Lsn(Long.parseLong(place.group(1))) + ": "
                                + cause.getCause().getMessage() + ". Nothing of its transaction is published. Mend the"
                                + " row in the table, then take a new snapshot: waltally resume " + source
                                + " --new-epoch",
                        error));
            }
        }
        return Optional.empty();
    }
}
