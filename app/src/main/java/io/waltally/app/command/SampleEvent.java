package io.waltally.app.command;

import io.waltally.app.tally.Json;
import io.waltally.webhooks.event.OutboxEvent;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** An event that never happened, in the form of those that did. */
final class SampleEvent {
    private static final int ID_BYTES = 12;

    private SampleEvent() {}

    static OutboxEvent of(String type, String subject, Instant now) {
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("specversion", "1.0");
        event.put("id", "evt_" + id());
        event.put("source", "/waltally/test");
        event.put("type", type);
        event.put("subject", subject);
        event.put("time", now.toString());
        event.put("datacontenttype", "application/json");
        event.put("data", Map.of("test", true));
        byte[] body = Json.write(event).getBytes(StandardCharsets.UTF_8);
        return OutboxEvent.of(new ConsumerRecord<>("sample", 0, 0, subject.getBytes(StandardCharsets.UTF_8), body));
    }

    private static String id() {
        byte[] bytes = new byte[ID_BYTES];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
