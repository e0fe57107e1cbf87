package io.waltally.app.deadletter;

import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * One page of dead letters, newest first. New letters sort before the page, so a client that follows {@code next} sees every existing letter once.
 *
 * @param next the last place, if there are letters behind it
 */
public record DeadLetterPage(List<DeadLetterPosition> places, Optional<DeadLetterPosition> next) {
    public DeadLetterPage {
        places = List.copyOf(places);
    }

    /** @param after of the page before; empty: the first page */
    public static DeadLetterPage of(Collection<DeadLetterPosition> all, Optional<DeadLetterPosition> after, int limit) {
        List<DeadLetterPosition> found = all.stream()
                .filter(place -> after.isEmpty() || place.compareTo(after.get()) > 0)
                .sorted()
                .limit(limit + 1L)
                .toList();
        return found.size() > limit
                ? new DeadLetterPage(found.subList(0, limit), Optional.of(found.get(limit - 1)))
                : new DeadLetterPage(found, Optional.empty());
    }
}
