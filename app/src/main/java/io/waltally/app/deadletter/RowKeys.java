package io.waltally.app.deadletter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.waltally.app.tally.AvroJson;
import io.waltally.app.tally.Json;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.avro.generic.IndexedRecord;
import org.apache.kafka.common.KafkaException;

/** The keys of dead letters for display: primary keys of rows, subjects of notifications. */
final class RowKeys {
    private final TopicCatalogue topics;

    RowKeys(TopicCatalogue topics) {
        this.topics = topics;
    }

    /** Empty if the key is unreadable. */
    Optional<JsonNode> of(DeadLetter letter) {
        byte[] key = letter.record().key();
        if (key == null) {
            return Optional.empty();
        }
        return switch (letter.stage()) {
            case CAPTURE -> connectJson(key);
            case STREAMS -> ofTopic(letter.reason().topic(), key);
            case WEBHOOKS -> subject(key);
            case SINKS ->
                letter.reason().topic().equals(topics.notifications().name())
                        ? subject(key)
                        : ofTopic(letter.reason().topic(), key);
        };
    }

    private Optional<JsonNode> ofTopic(String name, byte[] key) {
        return topics.all().stream()
                .filter(topic -> topic.name().equals(name))
                .findFirst()
                .flatMap(topic -> avro(topic, key));
    }

    private static Optional<JsonNode> subject(byte[] key) {
        return Optional.of(TextNode.valueOf(new String(key, StandardCharsets.UTF_8)));
    }

    private static Optional<JsonNode> connectJson(byte[] key) {
        try {
            return Optional.of(
                    Json.parse(new String(key, StandardCharsets.UTF_8)).path("payload"));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<JsonNode> avro(Topic<?, ?> topic, byte[] key) {
        try {
            return Optional.of(topic.keySerde().deserializer().deserialize(topic.name(), key))
                    .filter(IndexedRecord.class::isInstance)
                    .map(record -> AvroJson.object((IndexedRecord) record));
        } catch (KafkaException e) {
            return Optional.empty();
        }
    }
}
