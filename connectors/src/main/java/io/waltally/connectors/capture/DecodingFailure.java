package io.waltally.connectors.capture;

import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.connect.errors.SchemaBuilderException;

/**
 * Debezium could not make a change of what the server sent, such as of a numeric that is not a number. There is no
 * record that could be set aside.
 */
final class DecodingFailure {
    /** Debezium's words: no exception of its own tells the position. */
    private static final Pattern PLACE =
            Pattern.compile("Error while processing event at offset \\{.*\\blsn=(\\d+)\\b.*", Pattern.DOTALL);

    /** Kafka Connect's words. */
    private static final Pattern DUPLICATE = Pattern.compile(".*field name duplication (\\S+)");

    private DecodingFailure() {}

    /** The error in terms of what to do about it, if it is one of decoding that will not pass by itself. */
    static Optional<CaptureException> in(Throwable error, Source source) {
        if (Failure.of(error) != Failure.PERMANENT) {
            return Optional.empty();
        }
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            Matcher duplicate = DUPLICATE.matcher(String.valueOf(cause.getMessage()));
            if (cause instanceof SchemaBuilderException && duplicate.matches()) {
                return Optional.of(new CaptureException(
                        "a captured table has two columns that Avro cannot tell apart: both are field "
                                + duplicate.group(1)
                                + ", for Avro's names have no characters but letters, digits and _. Nothing of the"
                                + " transaction that changed the table is published. Rename one of them, then take a new"
                                + " snapshot: waltally resume " + source + " --new-epoch",
                        error));
            }
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
