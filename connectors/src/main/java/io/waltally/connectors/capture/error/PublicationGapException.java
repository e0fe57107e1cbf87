package io.waltally.connectors.capture.error;

import io.waltally.schemas.Source;
import java.util.Optional;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * The server has to decode changes from a time when the publication did not exist. It looks the publication up as of
 * each change, so every attempt fails; PostgreSQL 18 and later skip such changes.
 */
public final class PublicationGapException extends CaptureException {
    private static final long serialVersionUID = 1;

    private static final String UNDEFINED_OBJECT = "42704";

    /** The server's function that looks a publication up. Other missing objects, such as slots, have the same SQLSTATE. */
    private static final String LOOK_UP = "get_publication_oid";

    private PublicationGapException(Source source, String publication, Throwable cause) {
        super(
                "publication " + publication
                        + " was dropped and created again, and the server cannot decode the changes"
                        + " made in between: it ends with \""
                        + cause.getMessage().lines().findFirst().orElse("")
                        + "\". Take a new snapshot: " + NewEpochRemedy.command(source),
                cause);
    }

    /** The error with instructions, if it is one of a publication that did not exist when a change was made. */
    public static Optional<PublicationGapException> in(Throwable error, Source source, String publication) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof PSQLException failure && UNDEFINED_OBJECT.equals(failure.getSQLState())) {
                ServerErrorMessage message = failure.getServerErrorMessage();
                if (message != null && LOOK_UP.equals(message.getRoutine())) {
                    return Optional.of(new PublicationGapException(source, publication, failure));
                }
            }
        }
        return Optional.empty();
    }
}
