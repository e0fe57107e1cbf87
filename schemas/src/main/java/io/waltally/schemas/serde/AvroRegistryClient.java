package io.waltally.schemas.serde;

import io.confluent.kafka.schemaregistry.ParsedSchema;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.avro.AvroSchemaProvider;
import io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClientConfig;
import io.confluent.kafka.schemaregistry.client.rest.RestService;
import io.confluent.kafka.schemaregistry.client.rest.entities.Schema;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLSocketFactory;
import org.apache.kafka.common.config.SslConfigs;

/**
 * Client of the registry that throws {@link NotAvroException} for a schema that is not Avro. Confluent's client reports
 * such a schema as an IOException, like a registry that does not answer.
 */
final class AvroRegistryClient extends CachedSchemaRegistryClient {
    private static final String VERIFY_HOST =
            SchemaRegistryClientConfig.CLIENT_NAMESPACE + SslConfigs.SSL_ENDPOINT_IDENTIFICATION_ALGORITHM_CONFIG;

    /** The value with which Kafka's clients do not verify the host. */
    private static final Set<String> NO_HOST = Set.of("", "none");

    /** @param sockets for TLS with key stores */
    AvroRegistryClient(
            String url, int mostSchemas, Map<String, String> properties, Optional<SSLSocketFactory> sockets) {
        this(new RestService(url), mostSchemas, properties, sockets);
    }

    private AvroRegistryClient(
            RestService requests, int mostSchemas, Map<String, String> properties, Optional<SSLSocketFactory> sockets) {
        super(requests, mostSchemas, List.of(new AvroSchemaProvider()), properties, Map.of());
        sockets.ifPresent(factory -> {
            requests.setSslSocketFactory(factory);
            if (NO_HOST.contains(properties.get(VERIFY_HOST))) {
                requests.setHostnameVerifier((host, session) -> true);
            }
        });
    }

    @Override
    public Optional<ParsedSchema> parseSchema(Schema schema) {
        if (!schema.getSchemaType().equals(AvroSchema.TYPE)) {
            throw new NotAvroException("its type is " + schema.getSchemaType());
        }
        Optional<ParsedSchema> parsed = super.parseSchema(schema);
        // With references, the registry may not have answered for one of them.
        if (parsed.isEmpty() && schema.getReferences().isEmpty()) {
            throw new NotAvroException("it is no valid Avro");
        }
        return parsed;
    }
}
