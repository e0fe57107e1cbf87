package io.waltally.schemas;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.util.Collection;
import org.apache.kafka.common.errors.RetriableException;

/**
 * Sets compatibility BACKWARD on the subjects of waltally's own schemas, unless they have a version: then their owners
 * decide.
 */
public final class SubjectProvisioning {
    private static final String BACKWARD = "BACKWARD";

    private final SchemaRegistryClient registry;

    public SubjectProvisioning(RegistryAccess registry) {
        this.registry = registry.client();
    }

    /**
     * For the keys and values of these topics.
     *
     * @throws Unavailable if the registry does not answer, or refuses
     */
    public void create(Collection<Topic<?, ?>> topics) {
        for (Topic<?, ?> topic : topics) {
            create(topic.name() + "-key");
            create(topic.name() + "-value");
        }
    }

    private void create(String subject) {
        try {
            if (!hasVersion(subject)) {
                registry.updateCompatibility(subject, BACKWARD);
            }
        } catch (IOException | RestClientException e) {
            throw new Unavailable(
                    "compatibility of subject " + subject + " cannot be set: " + RegistryFailures.reason(e), e);
        }
    }

    private boolean hasVersion(String subject) throws IOException, RestClientException {
        try {
            registry.getLatestSchemaMetadata(subject);
            return true;
        } catch (RestClientException e) {
            if (e.getStatus() == HttpURLConnection.HTTP_NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    /** A retry may succeed. */
    public static final class Unavailable extends RetriableException {
        private static final long serialVersionUID = 1;

        Unavailable(String message, Exception cause) {
            super(message, cause);
        }
    }
}
