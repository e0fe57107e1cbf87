package io.waltally.app.deadletter;

import io.waltally.schemas.control.DeadLetterEvent;
import io.waltally.schemas.control.DeadLetterEventType;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A dead letter and what happened to it. The state depends neither on the order of the events nor on repetitions, and a
 * lost event leaves the letter open.
 *
 * @param events in the order in which they were written
 * @param successor the last letter of the same record, if that is another one
 */
public record DeadLetterHistory(DeadLetter letter, List<DeadLetterEvent> events, Optional<DeadLetter> successor) {
    /** A process that reported the result itself knows it better than one that found the replay handled. */
    private static final List<DeadLetterEventType> RESOLVING = List.of(
            DeadLetterEventType.REPAIRED,
            DeadLetterEventType.DELIVERED,
            DeadLetterEventType.WRITTEN,
            DeadLetterEventType.SUPERSEDED,
            DeadLetterEventType.HANDLED,
            DeadLetterEventType.DROPPED);

    public DeadLetterHistory {
        events = List.copyOf(events);
    }

    public DeadLetterState state() {
        return result().map(DeadLetterHistory::state).orElse(DeadLetterState.OPEN);
    }

    private static DeadLetterState state(DeadLetterEventType result) {
        return result == DeadLetterEventType.DROPPED ? DeadLetterState.DROPPED : DeadLetterState.REPLAYED;
    }

    public boolean isOpen() {
        return state() == DeadLetterState.OPEN;
    }

    /**
     * The reason why the letter is not open any more; empty while it is. A letter that became another letter is REFUSED
     * if it was replayed in between, or else SUPERSEDED: it was set aside twice.
     */
    public Optional<DeadLetterEventType> result() {
        Set<DeadLetterEventType> types = types();
        boolean refused = successor.isPresent()
                && (types.contains(DeadLetterEventType.REFUSED)
                        || types.contains(DeadLetterEventType.REQUESTED)
                        || types.contains(DeadLetterEventType.HANDLED));
        return RESOLVING.stream()
                .filter(types::contains)
                // The process that ended had set the record aside again.
                .filter(type -> !(refused && type == DeadLetterEventType.HANDLED))
                .findFirst()
                .or(() ->
                        successor.map(later -> refused ? DeadLetterEventType.REFUSED : DeadLetterEventType.SUPERSEDED));
    }

    private Set<DeadLetterEventType> types() {
        return events.stream().map(DeadLetterEvent::getType).collect(Collectors.toSet());
    }

    /** The event in a word or two. */
    public static String word(DeadLetterEventType type) {
        return switch (type) {
            case REQUESTED -> "put back";
            case REFUSED -> "refused again";
            case UNKNOWN, REPAIRED, DELIVERED, WRITTEN, SUPERSEDED, HANDLED, DROPPED ->
                type.name().toLowerCase(Locale.ROOT);
        };
    }

    /** The number of times that the letter was put back. */
    public long replays() {
        return events.stream()
                .filter(event -> event.getType() == DeadLetterEventType.REQUESTED)
                .count();
    }

    /** The time when it was last put back, if the result of that is not known yet. */
    public Optional<Instant> awaitedSince() {
        if (!isOpen()) {
            return Optional.empty();
        }
        Set<String> answered = events.stream()
                .filter(event -> event.getType() != DeadLetterEventType.REQUESTED)
                .map(DeadLetterEvent::getRequest)
                .collect(Collectors.toSet());
        return events.stream()
                .filter(event -> event.getType() == DeadLetterEventType.REQUESTED)
                .filter(event -> !answered.contains(event.getRequest()))
                .map(DeadLetterEvent::getAt)
                .max(Instant::compareTo);
    }

    /** The result of one replay; empty while it is not known. */
    public Optional<DeadLetterEvent> resultOf(String request) {
        return events.stream()
                .filter(event -> event.getRequest().equals(request))
                .filter(event -> event.getType() != DeadLetterEventType.REQUESTED)
                .findFirst();
    }
}
