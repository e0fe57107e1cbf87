package io.waltally.app.failure;

import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.waltally.app.config.RegistrySettings;
import io.waltally.schemas.serde.RegistryFailures;
import io.waltally.schemas.topic.SubjectProvisioning;
import java.io.IOException;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import javax.net.ssl.SSLException;
import org.apache.kafka.common.errors.SerializationException;

/** Turns a failed registry request into a message for operators: server, key, remedy. */
public final class RegistryFailure {
    private static final int SERVER_ERROR = 500;

    private RegistryFailure() {}

    /** The registry with its address, without credentials, and key. */
    public static String server(RegistrySettings registry) {
        String url = registry.url().toString().replaceFirst("//[^/]*@", "//");
        return "the schema registry at " + url + " (registry.url)";
    }

    /** Whether the failure is one of a request to the registry, also if a serializer made it. */
    public static boolean is(Throwable failure) {
        boolean serializing = false;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            serializing |= cause instanceof SerializationException;
            if (cause instanceof RestClientException || (serializing && cause instanceof IOException)) {
                return true;
            }
        }
        return failure instanceof SubjectProvisioning.Unavailable;
    }

    public static ServerFailure of(RegistrySettings registry, Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof RestClientException answer && RegistryFailures.isUnknown(answer)) {
                return new ServerFailure(
                        server(registry),
                        "lacks a schema that waltally has registered: " + Throwables.firstLine(answer)
                                + ". It is not the registry that the topics were written with, or was restored, emptied"
                                + " or replaced; let registry.url name the one with the schemas, or restore them",
                        true);
            }
            if (cause instanceof RestClientException answer) {
                return status(registry, answer.getStatus(), Throwables.firstLine(answer));
            }
        }
        return new ServerFailure(
                server(registry), unreachable(failure), Throwables.isCausedBy(failure, SSLException.class));
    }

    /** Explains an answer with an error status. */
    public static ServerFailure status(RegistrySettings registry, int status, String message) {
        String predicate = switch (status) {
            case HttpURLConnection.HTTP_UNAUTHORIZED ->
                "does not accept the credentials (HTTP 401); check registry.user and registry.password, or registry.token";
            case HttpURLConnection.HTTP_FORBIDDEN ->
                "denies the request to this client (HTTP 403); check registry.user, registry.token or the certificate of"
                        + " registry.ssl.keystore";
            case HttpURLConnection.HTTP_NOT_FOUND ->
                "has no Confluent API there (HTTP 404); registry.url must contain its base path, such as"
                        + " /apis/ccompat/v7 of Apicurio";
            default -> "answers HTTP " + status + (message.isEmpty() ? "" : ": " + message);
        };
        // 5xx: a proxy, or a registry that is starting.
        return new ServerFailure(server(registry), predicate, status < SERVER_ERROR);
    }

    private static String unreachable(Throwable failure) {
        String correct = "start it, or correct registry.url";
        if (Throwables.isCausedBy(failure, UnknownHostException.class)
                || Throwables.isCausedBy(failure, UnresolvedAddressException.class)) {
            return "cannot be reached: its host name is unknown; correct registry.url, or the name service of this"
                    + " machine";
        }
        if (Throwables.isCausedBy(failure, HttpTimeoutException.class)
                || Throwables.isCausedBy(failure, SocketTimeoutException.class)) {
            return "does not answer in time; " + correct;
        }
        if (Throwables.isCausedBy(failure, SSLException.class)) {
            return "cannot be reached over TLS: " + Throwables.firstLine(failure)
                    + "; check registry.url and its certificate";
        }
        if (Throwables.isCausedBy(failure, ConnectException.class)) {
            return "cannot be reached: connection refused; " + correct;
        }
        return "cannot be reached: " + Throwables.firstLine(failure) + "; " + correct;
    }
}
