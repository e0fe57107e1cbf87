package io.waltally.schemas.topic;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.waltally.schemas.serde.RegistryAccess;
import io.waltally.schemas.serde.RegistryFailures;
import io.waltally.schemas.serde.SpecificSerde;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.Serde;

/**
 * Sets compatibility BACKWARD on new subjects of waltally's own schemas. On subjects that have a version, the owners'
 * setting is kept, and the schemas are tested against it.
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

    /**
     * The subjects whose registered versions refuse the schema that would be written, a sentence each.
     *
     * @throws Unavailable if the registry does not answer, or refuses
     */
    public List<String> incompatibilities(Collection<Topic<?, ?>> topics) {
        List<String> found = new ArrayList<>();
        for (Topic<?, ?> topic : topics) {
            incompatibility(topic.name() + "-key", topic.keySerde()).ifPresent(found::add);
            incompatibility(topic.name() + "-value", topic.valueSerde()).ifPresent(found::add);
        }
        return found;
    }

    private Optional<String> incompatibility(String subject, Serde<?> serde) {
        if (!(serde instanceof SpecificSerde<?> specific)) {
            return Optional.empty();
        }
        try {
            boolean compatible =
                    !hasVersion(subject) || registry.testCompatibility(subject, new AvroSchema(specific.schema()));
            return compatible
                    ? Optional.empty()
                    : Optional.of("subject " + subject + " has versions that its compatibility does not let "
                            + specific.schema().getFullName()
                            + " follow; give waltally a registry, or subjects, of its own, or delete the subject if"
                            + " nothing else uses it");
        } catch (RestClientException e) {
            if (e.getStatus() == HttpURLConnection.HTTP_FORBIDDEN) {
                // The registry tests it when the schema is registered.
                return Optional.empty();
            }
            throw untested(subject, e);
        } catch (IOException e) {
            throw untested(subject, e);
        }
    }

    private static Unavailable untested(String subject, Exception cause) {
        return new Unavailable(
                "compatibility of subject " + subject + " cannot be tested: " + RegistryFailures.reason(cause), cause);
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
