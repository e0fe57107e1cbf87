package io.waltally.app.deadletter;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.header.Header;

/** The headers of a dead letter for display. */
public final class LetterHeaders {
    private LetterHeaders() {}

    /** Text by name, in their order. */
    public static Map<String, String> of(DeadLetter letter) {
        Map<String, String> headers = new LinkedHashMap<>();
        for (Header header : letter.record().headers()) {
            headers.put(header.key(), header.value() == null ? "" : new String(header.value(), StandardCharsets.UTF_8));
        }
        return headers;
    }
}
