package io.waltally.schemas.topic;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.KafkaException;

/** The cluster does not create topics as they are configured. */
public final class TopicRefusedException extends KafkaException {
    private static final long serialVersionUID = 1;

    /**
     * @param refused the reason by topic, in the order of the message; not empty
     * @param missing number of topics whose creation was requested
     */
    TopicRefusedException(Map<String, String> refused, int missing, KafkaException cause) {
        super(message(refused, missing), cause);
    }

    /** @param contradictions of topics that exist */
    TopicRefusedException(TopicRefusedException refusal, TopicContradictionException contradictions) {
        super(refusal.getMessage() + System.lineSeparator() + contradictions.getMessage(), refusal.getCause());
    }

    private static String message(Map<String, String> refused, int missing) {
        Map<String, List<String>> topics = new LinkedHashMap<>();
        refused.forEach((topic, reason) ->
                topics.computeIfAbsent(reason, added -> new ArrayList<>()).add(topic));
        List<String> lines = new ArrayList<>();
        topics.forEach((reason, names) -> lines.add(String.join(", ", names) + ": " + reason));
        if (missing == 1) {
            return "cannot create topic " + lines.get(0);
        }
        String separator = System.lineSeparator() + "  ";
        String others = refused.size() < missing ? "; the others were created" : "";
        return "cannot create " + refused.size() + " of " + missing + " missing topics" + others + ":" + separator
                + String.join(separator, lines);
    }
}
