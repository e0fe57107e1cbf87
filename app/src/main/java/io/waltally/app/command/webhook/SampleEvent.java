package io.waltally.app.command.webhook;

import io.waltally.app.tally.Json;
import io.waltally.schemas.event.EventType;
import io.waltally.webhooks.event.OutboxEvent;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** A made-up event in the form of real ones. */
final class SampleEvent {
    private static final int ID_BYTES = 12;

    private SampleEvent() {}

    /** @param subject empty for that of the type's sample */
    static OutboxEvent of(EventType type, Optional<String> subject, Instant now) {
        String about = subject.orElse(type.sampleSubject());
        byte[] body = Json.write(type.sample("evt_" + id(), now, about)).getBytes(StandardCharsets.UTF_8);
        return OutboxEvent.of(new ConsumerRecord<>("sample", 0, 0, about.getBytes(StandardCharsets.UTF_8), body));
    }

    private static String id() {
        byte[] bytes = new byte[ID_BYTES];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
