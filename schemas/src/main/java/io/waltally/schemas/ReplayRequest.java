package io.waltally.schemas;

import io.waltally.schemas.control.DeadLetterKey;
import io.waltally.schemas.topic.TopicCatalogue;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * The request to try a dead letter again. The replayed record carries it as a header, so that the stage that handles the record
 * can report the result to {@link TopicCatalogue#deadLetterEvents}.
 *
 * @param id unique
 * @param letter place of the dead letter
 */
public record ReplayRequest(String id, DeadLetterKey letter) {
    static final String HEADER = "waltally.replay";

    private static final String SEPARATOR = "/";
    private static final int FIELDS = 6;

    public void addTo(Headers headers) {
        String text = String.join(
                SEPARATOR,
                id,
                letter.getTopic(),
                letter.getTopicId(),
                Integer.toString(letter.getPartition()),
                Long.toString(letter.getOffset()),
                letter.getLetter());
        headers.remove(HEADER);
        headers.add(HEADER, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Empty if the record does not carry one, as when an earlier version put it back. */
    public static Optional<ReplayRequest> from(Headers headers) {
        Header header = headers.lastHeader(HEADER);
        if (header == null || header.value() == null) {
            return Optional.empty();
        }
        // The last field may contain separators.
        String[] fields = new String(header.value(), StandardCharsets.UTF_8).split(SEPARATOR, FIELDS);
        if (fields.length < FIELDS) {
            return Optional.empty();
        }
        try {
            return Optional.of(new ReplayRequest(
                    fields[0],
                    new DeadLetterKey(
                            fields[1], fields[2], Integer.parseInt(fields[3]), Long.parseLong(fields[4]), fields[5])));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
