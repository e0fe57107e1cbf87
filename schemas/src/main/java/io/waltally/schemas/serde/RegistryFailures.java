package io.waltally.schemas.serde;

import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.net.HttpURLConnection;

/** Explains failures of requests to the schema registry. */
public final class RegistryFailures {
    private RegistryFailures() {}

    /** What the registry or the network said; for refused credentials, which settings hold them. */
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
