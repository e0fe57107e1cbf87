package io.waltally.app.deadletter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.waltally.app.tally.Json;
import io.waltally.schemas.Counted;
import io.waltally.schemas.topic.TopicCatalogue;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;

/** The values of dead letters for display. */
public final class DeadLetterContents {
    private static final String OBJECT_KEY = "object_key";

    private final TopicCatalogue topics;
    private final RowKeys keys;

    public DeadLetterContents(TopicCatalogue topics) {
        this.topics = topics;
        this.keys = new RowKeys(topics);
    }

    /** The primary key of a row, or the subject of a notification; empty if it is unreadable. */
    public Optional<JsonNode> key(DeadLetter letter) {
        return keys.of(letter);
    }

    /** The type of a notification; empty for other dead letters. */
    public Optional<String> eventType(DeadLetter letter) {
        return notification(letter).flatMap(event -> text(event.path("type")));
    }

    /** The bucket that a notification or the row of an object is about. */
    public Optional<String> bucket(DeadLetter letter) {
        return notification(letter)
                .flatMap(event -> text(event.path("data").path("bucket")))
                .or(() -> key(letter)
                        .flatMap(key -> text(key.path(OBJECT_KEY)))
                        .filter(key -> key.indexOf('/') > 0)
                        .map(key -> key.substring(0, key.indexOf('/'))));
    }

    private Optional<JsonNode> notification(DeadLetter letter) {
        return letter.reason().topic().equals(topics.notifications().name()) ? json(letter) : Optional.empty();
    }

    private static Optional<String> text(JsonNode node) {
        return node.isTextual() ? Optional.of(node.asText()) : Optional.empty();
    }

    private static Optional<JsonNode> json(DeadLetter letter) {
        byte[] value = letter.record().value();
        if (value == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(Json.parse(new String(value, StandardCharsets.UTF_8)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * The value: a change or a notification as JSON, any other record as its schema in the registry says.
     *
     * @throws UnreadableException saying why, if it cannot be decoded
     */
    public JsonNode value(DeadLetter letter) throws UnreadableException {
        byte[] value = letter.record().value();
        if (value == null) {
            throw new UnreadableException("none");
        }
        if (letter.stage() == DeadLetterStage.CAPTURE) {
            return json(letter)
                    .map(json -> json.path("payload"))
                    .orElseThrow(() -> new UnreadableException(Counted.of(value.length, "byte") + ", not JSON"));
        }
        if (letter.reason().topic().equals(topics.notifications().name())) {
            return json(letter)
                    .orElseThrow(() -> new UnreadableException(Counted.of(value.length, "byte") + ", not JSON"));
        }
        try {
            Object decoded =
                    topics.serdes().generic(false).deserialize(letter.reason().topic(), value);
            return decoded == null ? TextNode.valueOf("") : Json.parse(decoded.toString());
        } catch (KafkaException | IllegalArgumentException e) {
            throw new UnreadableException(Counted.of(value.length, "byte") + ", unreadable: " + innermost(e));
        }
    }

    private static String innermost(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    /** A value cannot be shown. */
    public static final class UnreadableException extends Exception {
        private static final long serialVersionUID = 1;

        UnreadableException(String message) {
            super(message);
        }
    }
}
