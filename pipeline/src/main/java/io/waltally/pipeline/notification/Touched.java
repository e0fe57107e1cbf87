package io.waltally.pipeline.notification;

import io.waltally.pipeline.rows.Copies;
import io.waltally.pipeline.rows.Copy;
import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.pipeline.state.BinarySerde;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the open transaction did to an object so far.
 *
 * @param before the copies before the transaction; null if there were none
 * @param gone backends of copies among those whose row was deleted, even if one was inserted again since
 * @param added backends of copies whose row was inserted and is there
 * @param doubtful whether some of it could not be read, or not before
 */
record Touched(@Nullable Copies before, Set<String> gone, Set<String> added, boolean doubtful) {
    static final BinarySerde<Touched> SERDE = BinarySerde.ofValue(Touched::write, Touched::read);

    static Touched first(@Nullable Copies before) {
        return new Touched(before, Set.of(), Set.of(), false);
    }

    /** With one more shift of the object's copies. */
    Touched and(@Nullable Copies from, @Nullable Copies to) {
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
        return new Touched(before, nowGone, nowAdded, doubtful);
    }

    Touched inDoubt() {
        return new Touched(before, gone, added, true);
    }

    /**
     * What the transaction means for the object, as far as its copies tell; empty if nothing that anyone is notified of.
     *
     * @param after the copies now; null if there are none
     */
    Optional<Verdict> verdict(@Nullable Copies after) {
        if (doubtful) {
            return Optional.empty();
        }
        if (after == null) {
            return before == null
                    ? Optional.empty()
                    : Optional.of(new Verdict(
                            Verdict.Kind.REMOVED,
                            before.first().backend(),
                            before.first().logicalBytes(),
                            before.all().size()));
        }
        if (added.isEmpty() || (before != null && gone.isEmpty())) {
            // Changed in place, an excess copy gone, or a replica.
            return Optional.empty();
        }
        Copy created = new Copies(copies(after, added)).first();
        Verdict.Kind kind = before != null && sameContents(copies(before, gone), copies(after, added))
                ? Verdict.Kind.MOVED_OR_CREATED
                : Verdict.Kind.CREATED;
        return Optional.of(new Verdict(kind, created.backend(), created.logicalBytes(), 0));
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

    private static void write(Touched touched, BinaryOutput output) {
        output.flag(touched.before != null);
        if (touched.before != null) {
            touched.before.writeTo(output);
        }
        writeSet(touched.gone, output);
        writeSet(touched.added, output);
        output.flag(touched.doubtful);
    }

    private static Touched read(BinaryInput input) {
        Copies before = input.flag() ? Copies.readFrom(input) : null;
        return new Touched(before, readSet(input), readSet(input), input.flag());
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
