package io.waltally.app.command;

import io.waltally.app.deadletter.DeadLetter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.header.Header;

/** The headers of a dead letter for display. */
final class LetterHeaders {
    private LetterHeaders() {}

    /** Text by name, in their order. */
    static Map<String, String> of(DeadLetter letter) {
        Map<String, String> headers = new LinkedHashMap<>();
        for (Header header : letter.record().headers()) {
            headers.put(header.key(), header.value() == null ? "" : new String(header.value(), StandardCharsets.UTF_8));
        }
        return headers;
    }
}
