package io.waltally.pipeline.notification.object;

import io.waltally.pipeline.notification.ObjectClassification;
import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.pipeline.state.BinarySerde;
import io.waltally.pipeline.table.Copies;
import io.waltally.pipeline.table.Copy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The changes that the open transaction has made to an object so far.
 *
 * @param before the copies before the transaction; null if there were none
 * @param gone backends of those copies whose row was deleted, even if it was inserted again
 * @param added backends of the copies whose row was inserted and still exists
 * @param doubtful whether a row of the object is or was uncertain
 */
record ObjectDelta(@Nullable Copies before, Set<String> gone, Set<String> added, boolean doubtful) {
    static final BinarySerde<ObjectDelta> SERDE = BinarySerde.ofValue(ObjectDelta::write, ObjectDelta::read);

    static ObjectDelta first(@Nullable Copies before) {
        return new ObjectDelta(before, Set.of(), Set.of(), false);
    }

    /** Adds one more change of the object's copies. */
    ObjectDelta and(@Nullable Copies from, @Nullable Copies to) {
        Set<String> nowGone = new TreeSet<>(gone);
        Set<String> nowAdded = new TreeSet<>(added);
        Set<String> fromBackends = backends(from);
        Set<String> toBackends = backends(to);
        for (String backend : fromBackends) {
            if (!toBackends.contains(backend) && !nowAdded.remove(backend)) {
                nowGone.add(backend);
            }
        }
        for (String backend : toBackends) {
            if (!fromBackends.contains(backend)) {
                nowAdded.add(backend);
            }
        }
        return new ObjectDelta(before, nowGone, nowAdded, doubtful);
    }

    ObjectDelta markUncertain() {
        return new ObjectDelta(before, gone, added, true);
    }

    /**
     * Classifies the transaction by the object's copies; empty if no notification can follow.
     *
     * @param after the copies after the transaction; null if there are none
     */
    Optional<ObjectClassification> classify(@Nullable Copies after) {
        if (doubtful) {
            return Optional.empty();
        }
        if (after == null) {
            return before == null
                    ? Optional.empty()
                    : Optional.of(new ObjectClassification(
                            ObjectClassification.Kind.REMOVED,
                            before.first().backend(),
                            before.first().logicalBytes(),
                            before.all().size()));
        }
        if (added.isEmpty() || (before != null && gone.isEmpty())) {
            // Updated in place, or an excess copy removed, or a replica added.
            return Optional.empty();
        }
        Copy created = new Copies(copies(after, added)).first();
        ObjectClassification.Kind kind = before != null && sameContents(copies(before, gone), copies(after, added))
                ? ObjectClassification.Kind.MOVED_OR_CREATED
                : ObjectClassification.Kind.CREATED;
        return Optional.of(new ObjectClassification(kind, created.backend(), created.logicalBytes(), 0));
    }

    private static boolean sameContents(List<Copy> gone, List<Copy> added) {
        List<Copy> unmatched = new ArrayList<>(gone);
        for (Copy copy : added) {
            Optional<Copy> same = unmatched.stream().filter(copy::hasContentOf).findFirst();
            if (same.isEmpty()) {
                return false;
            }
            unmatched.remove(same.get());
        }
        return unmatched.isEmpty();
    }

    private static List<Copy> copies(Copies copies, Set<String> backends) {
        return copies.all().stream()
                .filter(copy -> backends.contains(copy.backend()))
                .toList();
    }

    private static Set<String> backends(@Nullable Copies copies) {
        Set<String> backends = new TreeSet<>();
        if (copies != null) {
            copies.all().forEach(copy -> backends.add(copy.backend()));
        }
        return backends;
    }

    private static void write(ObjectDelta delta, BinaryOutput output) {
        output.flag(delta.before != null);
        if (delta.before != null) {
            delta.before.writeTo(output);
        }
        writeSet(delta.gone, output);
        writeSet(delta.added, output);
        output.flag(delta.doubtful);
    }

    private static ObjectDelta read(BinaryInput input) {
        Copies before = input.flag() ? Copies.readFrom(input) : null;
        return new ObjectDelta(before, readSet(input), readSet(input), input.flag());
    }

    private static void writeSet(Set<String> backends, BinaryOutput output) {
        output.number(backends.size());
        backends.forEach(output::text);
    }

    private static Set<String> readSet(BinaryInput input) {
        Set<String> backends = new TreeSet<>();
        for (int i = input.smallNumber(); i > 0; i--) {
            backends.add(input.text());
        }
        return backends;
    }
}
