package io.waltally.webhooks.schedule;

import io.waltally.webhooks.event.OutboxEvent;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import java.util.UUID;

/** Identifies subjects in few bytes. Two that share an id wait for each other, which is unlikely and harmless. */
final class SubjectId {
    private SubjectId() {}

    /** Empty if the event has no subject. */
    static OptionalLong of(OutboxEvent event) {
        return event.subject().stream()
                .mapToLong(subject -> UUID.nameUUIDFromBytes(subject.getBytes(StandardCharsets.UTF_8))
                        .getLeastSignificantBits())
                .findFirst();
    }
}
