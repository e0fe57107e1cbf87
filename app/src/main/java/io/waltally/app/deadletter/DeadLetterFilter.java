package io.waltally.app.deadletter;

import io.waltally.schemas.Source;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * Which dead letters are meant; what is empty excludes none.
 *
 * @param ids as {@link DeadLetter#id()}
 * @param topic that they were read from, or should have gone to
 * @param endpoint that they could not be delivered to
 */
public record DeadLetterFilter(
        Set<String> ids,
        Optional<Source> source,
        Optional<String> topic,
        Optional<String> endpoint,
        Optional<Instant> since) {
    public boolean accepts(DeadLetter letter) {
        return (ids.isEmpty() || ids.contains(letter.id()))
                && (source.isEmpty() || source.equals(letter.source()))
                && (topic.isEmpty() || topic.get().equals(letter.reason().topic()))
                && (endpoint.isEmpty() || endpoint.equals(letter.endpoint()))
                && (since.isEmpty() || !letter.time().isBefore(since.get()));
    }
}
