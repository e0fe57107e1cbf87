package io.waltally.workload.objectstore;

import java.util.List;

/** An object key and its copies as this writer last saw them. */
final class ObjectSlot {
    private final String key;
    private List<Copy> copies = List.of();

    ObjectSlot(String key) {
        this.key = key;
    }

    String key() {
        return key;
    }

    List<Copy> copies() {
        return copies;
    }

    void update(List<Copy> known) {
        copies = known;
    }

    boolean isLive() {
        return !copies.isEmpty();
    }

    boolean isOn(String backend) {
        return copies.stream().anyMatch(copy -> copy.backend().equals(backend));
    }

    long size() {
        return copies.stream().mapToLong(Copy::size).sum();
    }
}
