package io.waltally.schemas;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * Headers of a dead letter: its origin and its error, with the names of KIP-1034.
 *
 * @param topic that the record was read from, or was meant for
 * @param partition of that topic; empty if the record never got that far
 * @param offset in that partition; empty if the record never got that far
 * @param exception class of the error
 * @param message the problem, and how to fix it
 */
public record DeadLetterHeaders(
        String topic, OptionalInt partition, OptionalLong offset, String exception, String message) {
    public static final String TOPIC = "__streams.errors.topic";
    public static final String PARTITION = "__streams.errors.partition";
    public static final String OFFSET = "__streams.errors.offset";
    public static final String EXCEPTION = "__streams.errors.exception";
    public static final String MESSAGE = "__streams.errors.message";

    /** Additional header of a dead letter whose tallies are unknown, so that none is marked as degraded. */
    public static final String UNATTRIBUTED = "waltally.unattributed";

    /** Additional header of a notification: the endpoint that it could not be delivered to. */
    public static final String ENDPOINT = "waltally.endpoint";

    /** Additional header of a notification: its id, if it has one. */
    public static final String EVENT_ID = "waltally.event-id";

    /** Additional header of a record that a target refused: the sink. */
    public static final String SINK = "waltally.sink";

    /**
     * Additional header of what may be set aside again at the same offset, once Kafka was restored: when this was done, in
     * milliseconds since 1970.
     */
    public static final String SET_ASIDE_AT = "waltally.set-aside-at";

    /**
     * Additional header: the timestamp of the original record, in milliseconds since 1970. The timestamp of a dead letter
     * and of its replay is when it was written, since retention counts from there.
     */
    public static final String ORIGINAL_TIMESTAMP = "waltally.original-timestamp";

    /** Additional header of a notification: the number of attempts that failed. */
    public static final String ATTEMPTS = "waltally.attempts";

    public void addTo(Headers headers) {
        headers.add(TOPIC, utf8(topic));
        partition.ifPresent(number -> headers.add(PARTITION, utf8(Integer.toString(number))));
        offset.ifPresent(number -> headers.add(OFFSET, utf8(Long.toString(number))));
        headers.add(EXCEPTION, utf8(exception));
        headers.add(MESSAGE, utf8(message));
    }

    /** Adds when the record was set aside, in milliseconds since 1970. */
    public static void addTime(Headers headers, long now) {
        headers.add(SET_ASIDE_AT, utf8(Long.toString(now)));
    }

    /** When the record was set aside, in milliseconds since 1970; empty if earlier versions did. */
    public static OptionalLong setAsideAt(Headers headers) {
        return text(headers, SET_ASIDE_AT)
                .filter(text -> text.matches("[0-9]{1,18}"))
                .map(text -> OptionalLong.of(Long.parseLong(text)))
                .orElse(OptionalLong.empty());
    }

    /** Adds the timestamp of the original record, unless the headers have it already. */
    public static void addOriginalTimestamp(Headers headers, long timestamp) {
        if (headers.lastHeader(ORIGINAL_TIMESTAMP) == null) {
            headers.add(ORIGINAL_TIMESTAMP, utf8(Long.toString(timestamp)));
        }
    }

    /**
     * The timestamp of the original record, in milliseconds since 1970.
     *
     * @param timestamp of the dead letter or the replay, which earlier versions took from the original record
     */
    public static long originalTimestamp(Headers headers, long timestamp) {
        return text(headers, ORIGINAL_TIMESTAMP)
                .filter(text -> text.matches("-?[0-9]{1,18}"))
                .map(Long::parseLong)
                .orElse(timestamp);
    }

    /** Removes all of these headers, and that of a {@link ReplayRequest}. */
    public static void removeFrom(Headers headers) {
        List.of(
                        TOPIC,
                        PARTITION,
                        OFFSET,
                        EXCEPTION,
                        MESSAGE,
                        UNATTRIBUTED,
                        ENDPOINT,
                        EVENT_ID,
                        SINK,
                        ATTEMPTS,
                        SET_ASIDE_AT,
                        ORIGINAL_TIMESTAMP,
                        ReplayRequest.HEADER)
                .forEach(headers::remove);
    }

    /** The number of attempts to deliver the notification; empty on any other record, and if unknown. */
    public static OptionalInt attempts(Headers headers) {
        return text(headers, ATTEMPTS)
                .filter(text -> text.matches("[0-9]{1,9}"))
                .map(text -> OptionalInt.of(Integer.parseInt(text)))
                .orElse(OptionalInt.empty());
    }

    /** The endpoint of an undeliverable notification; empty on any other record. */
    public static Optional<String> endpoint(Headers headers) {
        return text(headers, ENDPOINT);
    }

    /** The sink whose target refused the record; empty on any other record. */
    public static Optional<String> sink(Headers headers) {
        return text(headers, SINK);
    }

    /** The id of an undeliverable notification. */
    public static Optional<String> eventId(Headers headers) {
        return text(headers, EVENT_ID);
    }

    /** @throws IllegalArgumentException naming the header that is missing or malformed */
    public static DeadLetterHeaders from(Headers headers) {
        Optional<String> partition = text(headers, PARTITION);
        Optional<String> offset = text(headers, OFFSET);
        return new DeadLetterHeaders(
                required(headers, TOPIC),
                partition.isEmpty() ? OptionalInt.empty() : OptionalInt.of((int) number(PARTITION, partition.get())),
                offset.isEmpty() ? OptionalLong.empty() : OptionalLong.of(number(OFFSET, offset.get())),
                required(headers, EXCEPTION),
                required(headers, MESSAGE));
    }

    private static long number(String name, String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("header " + name + " is \"" + text + "\", not a number", e);
        }
    }

    private static String required(Headers headers, String name) {
        return text(headers, name)
                .orElseThrow(() -> new IllegalArgumentException("header " + name + " is missing: not a dead letter"));
    }

    private static Optional<String> text(Headers headers, String name) {
        return Optional.ofNullable(headers.lastHeader(name))
                .map(Header::value)
                .map(value -> new String(value, StandardCharsets.UTF_8));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
