package io.waltally.app.failure;

import io.waltally.app.config.Configuration;
import io.waltally.connectors.capture.error.SourceConnectionException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.sql.SQLException;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.streams.errors.StreamsException;

/** Explains a failure of a command by the server or file that caused it. */
public final class Explanation {
    private Explanation() {}

    /**
     * One sentence.
     *
     * @param configuration the command's, if it has read one
     * @return empty if the failure has another cause: then it is a defect
     */
    public static Optional<String> of(Throwable failure, Optional<Configuration> configuration) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SourceConnectionException) {
                return Optional.of(cause.getMessage());
            }
            if (cause instanceof SQLException) {
                return Optional.of("PostgreSQL fails: " + Throwables.firstLine(cause));
            }
            if (cause instanceof FileSystemException file) {
                return Optional.of(FileFailure.reason(file));
            }
            if (cause instanceof StreamsException && cause.getCause() == null) {
                return Optional.of(Throwables.firstLine(cause));
            }
            if (cause instanceof KafkaException && !(cause instanceof StreamsException)) {
                return Optional.of(server(failure, configuration));
            }
        }
        return failure instanceof IOException ? Optional.of(Throwables.firstLine(failure)) : Optional.empty();
    }

    private static String server(Throwable failure, Optional<Configuration> configuration) {
        if (configuration.isEmpty()) {
            return Throwables.firstLine(failure);
        }
        return server(failure, configuration.get()).toString();
    }

    /** Explains a failure of a client of Kafka, which may be one of the registry that its serializers use. */
    public static ServerFailure server(Throwable failure, Configuration configuration) {
        return RegistryFailure.is(failure)
                ? RegistryFailure.of(configuration.registry(), failure)
                : KafkaFailure.of(configuration.kafka(), failure);
    }
}
