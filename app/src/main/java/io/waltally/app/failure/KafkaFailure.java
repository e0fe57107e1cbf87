package io.waltally.app.failure;

import io.waltally.app.config.KafkaSettings;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.security.auth.login.LoginException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTxnTimeoutException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnsupportedVersionException;

/** Explains failures of Kafka's clients. */
public final class KafkaFailure {
    private static final String ALLOWED_URLS = "org.apache.kafka.sasl.oauthbearer.allowed.urls";
    private static final Pattern CLASS_NAMES = Pattern.compile("^([\\w.$]+(Exception|Error): )+");
    private static final Pattern UNREACHABLE =
            Pattern.compile("\\b(ConnectException|SocketTimeoutException|UnknownHostException): ");

    private KafkaFailure() {}

    /** The cluster with its address and key. */
    public static String server(KafkaSettings kafka) {
        return "Kafka at " + kafka.bootstrapServers() + " (kafka.bootstrap.servers)";
    }

    public static ServerFailure of(KafkaSettings kafka, Throwable failure) {
        Throwable informativeCause = informativeCause(failure);
        if (informativeCause instanceof LoginException) {
            return ofLogin(kafka, Throwables.firstLine(informativeCause));
        }
        return new ServerFailure(server(kafka), predicate(informativeCause), !isTimeout(informativeCause));
    }

    /**
     * The login module failed before it could reach a broker. Java makes the message from the stack trace of what the
     * module threw.
     */
    private static ServerFailure ofLogin(KafkaSettings kafka, String message) {
        String reason = CLASS_NAMES.matcher(message).replaceFirst("");
        if (!"OAUTHBEARER".equals(kafka.properties().get(SaslConfigs.SASL_MECHANISM))) {
            return new ServerFailure(
                    server(kafka), "cannot be logged in to: " + reason + "; check kafka.sasl.jaas.config", true);
        }
        return new ServerFailure(
                server(kafka),
                "cannot be logged in to, because there is no token: " + reason
                        + "; check kafka.sasl.oauthbearer.token.endpoint.url and kafka.sasl.oauthbearer.client.credentials",
                !UNREACHABLE.matcher(message).find());
    }

    /** The first cause that says more than that something failed. */
    private static Throwable informativeCause(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            boolean wrapper = cause.getClass() == KafkaException.class || !(cause instanceof KafkaException);
            if (cause.getCause() == null || !wrapper || isTimeout(cause)) {
                return cause;
            }
        }
        return failure;
    }

    private static boolean isTimeout(Throwable failure) {
        return failure instanceof TimeoutException
                || failure instanceof org.apache.kafka.common.errors.TimeoutException
                || failure instanceof DisconnectException;
    }

    private static String predicate(Throwable failure) {
        if (isTimeout(failure)) {
            return "does not answer; start it, or correct kafka.bootstrap.servers, or kafka.security.protocol if its"
                    + " listener wants TLS or a login";
        }
        String message = Throwables.firstLine(failure);
        if (failure instanceof ConfigException && message.contains(ALLOWED_URLS)) {
            return "cannot be logged in to: Kafka's client asks only token endpoints that the JVM permits; set"
                    + " WALTALLY_JAVA_OPTS=-D" + ALLOWED_URLS + "= to kafka.sasl.oauthbearer.token.endpoint.url";
        }
        if (failure instanceof ConfigException) {
            return "cannot be used: " + message + "; correct that key of section kafka";
        }
        if (failure instanceof SslAuthenticationException) {
            return "cannot be reached over TLS: " + message
                    + "; check kafka.ssl.truststore.location, kafka.ssl.keystore.location and the name in its certificate";
        }
        if (failure instanceof SaslAuthenticationException) {
            return "refuses the login: " + message + "; check kafka.sasl.mechanism and kafka.sasl.jaas.config";
        }
        if (failure instanceof AuthorizationException) {
            return "refuses an operation: " + message + subject(failure) + "; grant it by an ACL";
        }
        if (failure instanceof UnsupportedVersionException) {
            return "is too old: " + message + "; waltally needs Kafka 3.7 or later";
        }
        if (failure instanceof InvalidTxnTimeoutException) {
            return "refuses transactions as long as capture.transaction-timeout: set that lower, or the brokers'"
                    + " transaction.max.timeout.ms higher";
        }
        if (failure instanceof InvalidReplicationFactorException) {
            return "cannot create topics: " + message + "; start more brokers, or set the brokers'"
                    + " default.replication.factor lower";
        }
        return "fails: " + message;
    }

    private static String subject(Throwable failure) {
        if (failure instanceof TopicAuthorizationException topics
                && !topics.unauthorizedTopics().isEmpty()) {
            return " (topics " + String.join(", ", topics.unauthorizedTopics()) + ")";
        }
        return failure instanceof GroupAuthorizationException group && group.groupId() != null
                ? " (group " + group.groupId() + ")"
                : "";
    }
}
