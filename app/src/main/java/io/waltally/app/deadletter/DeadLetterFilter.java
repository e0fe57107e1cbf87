package io.waltally.app.deadletter;

import io.waltally.schemas.Source;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * Selects dead letters; empty fields select all.
 *
 * @param ids as {@link DeadLetter#id()}
 * @param topic the original topic, or the topic of the change
 * @param endpoint of undeliverable notifications
 * @param sink whose target refused them
 */
public record DeadLetterFilter(
        Set<String> ids,
        Optional<Source> source,
        Optional<String> topic,
        Optional<String> endpoint,
        Optional<String> sink,
        Optional<Instant> since) {
    public boolean accepts(DeadLetter letter) {
        return (ids.isEmpty() || ids.contains(letter.id()))
                && (source.isEmpty() || source.equals(letter.source()))
                && (topic.isEmpty() || topic.get().equals(letter.reason().topic()))
                && (endpoint.isEmpty() || endpoint.equals(letter.endpoint()))
                && (sink.isEmpty() || sink.equals(letter.sink()))
                && (since.isEmpty() || !letter.time().isBefore(since.get()));
    }
}
