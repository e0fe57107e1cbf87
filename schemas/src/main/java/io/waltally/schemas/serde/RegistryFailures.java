package io.waltally.schemas.serde;

import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.net.HttpURLConnection;
import java.util.Set;

/** Formats what the registry or the network reported. */
public final class RegistryFailures {
    /** The error codes of the Confluent API for an unknown subject, version or schema. */
    private static final Set<Integer> UNKNOWN = Set.of(40401, 40402, 40403);

    private RegistryFailures() {}

    /**
     * Whether the registry itself says that it does not have the subject or schema. Any other HTTP 404 is an answer of
     * something else, such as an ingress without a backend, or for a mistyped base path.
     */
    public static boolean isUnknown(RestClientException answer) {
        return answer.getStatus() == HttpURLConnection.HTTP_NOT_FOUND && UNKNOWN.contains(answer.getErrorCode());
    }

    /** The message of the registry or the network; for refused credentials, the settings that hold them. */
    public static String reason(Throwable failure) {
        String said = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
        if (failure instanceof RestClientException answer) {
            return switch (answer.getStatus()) {
                case HttpURLConnection.HTTP_UNAUTHORIZED ->
                    "the registry does not accept the credentials (registry.user and registry.password, or"
                            + " registry.token): HTTP 401";
                case HttpURLConnection.HTTP_FORBIDDEN ->
                    "the registry denies the request to this client (registry.user, registry.token or the certificate"
                            + " of registry.ssl.keystore): HTTP 403";
                default -> said;
            };
        }
        return said;
    }
}
