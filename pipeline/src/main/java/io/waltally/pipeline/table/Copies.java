package io.waltally.pipeline.table;

import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.pipeline.state.BinarySerde;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** All copies of one object, at least one, ordered by the names of their backends. */
public record Copies(List<Copy> all) {
    public static final BinarySerde<Copies> SERDE = BinarySerde.ofValue(Copies::writeTo, Copies::readFrom);

    public Copies {
        if (all.isEmpty()) {
            throw new IllegalArgumentException("an object without a copy does not exist");
        }
        all = List.copyOf(all);
    }

    /**
     * The primary copy, whose size counts for the object: the oldest; if several are, the one on the first backend.
     */
    public Copy first() {
        return all.stream().min(Copy.FIRST).orElseThrow();
    }

    public Optional<Copy> on(String backend) {
        return all.stream().filter(copy -> copy.backend().equals(backend)).findFirst();
    }

    static Copies with(@Nullable Copies before, Copy copy) {
        List<Copy> copies = new ArrayList<>();
        if (before != null) {
            copies.addAll(before.all);
            copies.removeIf(other -> other.backend().equals(copy.backend()));
        }
        copies.add(copy);
        copies.sort(Comparator.comparing(Copy::backend));
        return new Copies(copies);
    }

    @Nullable
    Copies without(String backend) {
        List<Copy> rest =
                all.stream().filter(copy -> !copy.backend().equals(backend)).toList();
        return rest.isEmpty() ? null : new Copies(rest);
    }

    public void writeTo(BinaryOutput output) {
        output.number(all.size());
        all.forEach(copy -> copy.writeTo(output));
    }

    public static Copies readFrom(BinaryInput input) {
        int count = input.smallNumber();
        List<Copy> copies = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            copies.add(Copy.readFrom(input));
        }
        return new Copies(copies);
    }
}
