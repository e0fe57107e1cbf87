package io.waltally.app.command;

import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.jackson.JsonFormat;
import io.waltally.webhooks.event.OutboxEvent;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HexFormat;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** A made-up event in the form of real ones. */
final class SampleEvent {
    private static final int ID_BYTES = 12;
    private static final URI SOURCE = URI.create("/waltally/test");
    private static final byte[] DATA = "{\"test\":true}".getBytes(StandardCharsets.UTF_8);

    private SampleEvent() {}

    static OutboxEvent of(String type, String subject, Instant now) {
        byte[] body = new JsonFormat()
                .serialize(CloudEventBuilder.v1()
                        .withId("evt_" + id())
                        .withSource(SOURCE)
                        .withType(type)
                        .withSubject(subject)
                        .withTime(now.atOffset(ZoneOffset.UTC))
                        .withData("application/json", DATA)
                        .build());
        return OutboxEvent.of(new ConsumerRecord<>("sample", 0, 0, subject.getBytes(StandardCharsets.UTF_8), body));
    }

    private static String id() {
        byte[] bytes = new byte[ID_BYTES];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
