package io.waltally.app.deadletter;

import io.waltally.schemas.control.DeadLetterEvent;
import io.waltally.schemas.control.DeadLetterKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Folds dead letters and their events, in any order, into the state of each letter. Of several letters of the same
 * record and receiver only the last one can be open. Thread-safe.
 */
public final class DeadLetterLedger {
    private final Map<String, String> topicIds;
    private final Map<DeadLetterKey, DeadLetter> letters = new LinkedHashMap<>();
    private final Map<DeadLetterIdentity, DeadLetter> last = new HashMap<>();
    private final Map<DeadLetterKey, List<DeadLetterEvent>> events = new HashMap<>();

    /** All letters, as long as nothing is added or removed. */
    private Optional<List<DeadLetterHistory>> listed = Optional.empty();

    /**
     * @param topicIds by name, of the dead letter topics: events of a topic that was created anew are of other letters
     */
    public DeadLetterLedger(Map<String, String> topicIds) {
        this.topicIds = Map.copyOf(topicIds);
    }

    public synchronized void add(DeadLetter letter) {
        listed = Optional.empty();
        letters.put(key(letter), letter);
        last.merge(letter.identity(), letter, DeadLetterLedger::later);
    }

    private static DeadLetter later(DeadLetter one, DeadLetter other) {
        return one.record().offset() < other.record().offset() ? other : one;
    }

    /** @param event null for a tombstone, which waltally does not write, and which is ignored */
    public synchronized void add(DeadLetterKey letter, @Nullable DeadLetterEvent event) {
        if (event == null) {
            return;
        }
        listed = Optional.empty();
        events.computeIfAbsent(letter, key -> new ArrayList<>()).add(event);
    }

    /** Forgets the letters that a topic does not have any more. */
    public synchronized void removeBefore(String topic, int partition, long offset) {
        listed = Optional.empty();
        letters.values()
                .removeIf(letter -> letter.record().topic().equals(topic)
                        && letter.record().partition() == partition
                        && letter.record().offset() < offset);
        last.values().removeIf(letter -> !letters.containsKey(key(letter)));
        events.keySet()
                .removeIf(key ->
                        key.getTopic().equals(topic) && key.getPartition() == partition && key.getOffset() < offset);
    }

    /** The place of a letter, as events name it. */
    public DeadLetterKey key(DeadLetter letter) {
        String topic = letter.record().topic();
        return new DeadLetterKey(
                topic,
                topicIds.getOrDefault(topic, ""),
                letter.record().partition(),
                letter.record().offset(),
                letter.fingerprint());
    }

    /** The given letters to which a later ledger adds no events. */
    synchronized List<DeadLetter> unchanged(Collection<DeadLetter> some, DeadLetterLedger later) {
        return some.stream()
                .filter(letter -> events(key(letter)).containsAll(later.events(key(letter))))
                .toList();
    }

    private synchronized List<DeadLetterEvent> events(DeadLetterKey letter) {
        return events.getOrDefault(letter, List.of());
    }

    /** All letters, in the order in which they were added. */
    public synchronized List<DeadLetterHistory> letters() {
        if (listed.isEmpty()) {
            listed = Optional.of(letters.entrySet().stream()
                    .map(letter -> filed(letter.getKey(), letter.getValue()))
                    .toList());
        }
        return listed.get();
    }

    private DeadLetterHistory filed(DeadLetterKey key, DeadLetter letter) {
        return new DeadLetterHistory(
                letter,
                events.getOrDefault(key, List.of()),
                Optional.of(last.get(letter.identity()))
                        .filter(latest ->
                                latest.record().offset() != letter.record().offset()));
    }
}
