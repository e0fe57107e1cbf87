package io.waltally.schemas.topic;

import java.util.Optional;

/**
 * The routing of a topic's records: {@code (murmur2(body) & 0x7fffffff) % partitions}, where the body is the Avro
 * encoding, without the five bytes of the wire format, of one column of the key, or of the whole key.
 *
 * @param column a column of the primary key; empty for the whole key
 */
public record Routing(Optional<String> column) {
    public static Routing byKey() {
        return new Routing(Optional.empty());
    }

    public static Routing byColumn(String column) {
        return new Routing(Optional.of(column));
    }
}
