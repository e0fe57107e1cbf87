package io.waltally.connectors.capture.debezium;

import io.waltally.connectors.capture.error.CaptureException;
import io.waltally.connectors.capture.error.FailureKind;
import io.waltally.connectors.capture.error.NewEpochRemedy;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Debezium failed to decode a change, such as a numeric that is not a number. There is no record that could become a
 * dead letter.
 */
final class DecodingFailure {
    /** Debezium's message: no exception of its own carries the position. */
    private static final Pattern PLACE =
            Pattern.compile("Error while processing event at offset \\{.*\\blsn=(\\d+)\\b.*", Pattern.DOTALL);

    private DecodingFailure() {}

    /** The error with instructions, if it is a decoding error that is not retriable. */
    static Optional<CaptureException> in(Throwable error, Source source) {
        if (FailureKind.of(error) != FailureKind.PERMANENT) {
            return Optional.empty();
        }
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            Matcher place = PLACE.matcher(String.valueOf(cause.getMessage()));
            if (cause.getCause() != null && place.matches()) {
                return Optional.of(new CaptureException(
                        "change at " + new Lsn(Long.parseLong(place.group(1))) + ": "
                                + cause.getCause().getMessage() + ". Nothing of its transaction is published. Fix the"
                                + " row in the table, then take a new snapshot: "
                                + NewEpochRemedy.command(source),
                        error));
            }
        }
        return Optional.empty();
    }
}
