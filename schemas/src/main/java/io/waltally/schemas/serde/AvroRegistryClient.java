package io.waltally.schemas.serde;

import io.confluent.kafka.schemaregistry.ParsedSchema;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.avro.AvroSchemaProvider;
import io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.entities.Schema;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Throws {@link NotAvroException} for a schema that can never be read as Avro. Confluent's client reports it as an
 * IOException, like a registry that does not answer.
 */
final class AvroRegistryClient extends CachedSchemaRegistryClient {
    AvroRegistryClient(String url, int mostSchemas, Map<String, String> properties) {
        super(List.of(url), mostSchemas, List.of(new AvroSchemaProvider()), properties, Map.of());
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
