package io.waltally.app.topic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Optional;

/**
 * The key or the value of a record.
 *
 * @param json null for an absent value; the bytes in Base64 if they are unreadable
 * @param failure why they are unreadable
 */
public record Decoded(JsonNode json, Optional<String> failure) {
    static final Decoded ABSENT = of(JsonNodeFactory.instance.nullNode());

    static Decoded of(JsonNode json) {
        return new Decoded(json, Optional.empty());
    }

    static Decoded unreadable(byte[] bytes, String failure) {
        return new Decoded(JsonNodeFactory.instance.binaryNode(bytes), Optional.of(failure));
    }
}
