package io.waltally.pipeline.view;

import java.util.Comparator;
import java.util.Optional;

/** The orders of a list of users. */
public enum UserOrder {
    /** By id. */
    ID,

    /** By bytes, the largest first, and by id among equals. */
    STORAGE;

    public Comparator<UserSortKey> places() {
        Comparator<UserSortKey> byId = Comparator.comparingLong(UserSortKey::userId);
        return switch (this) {
            case ID -> byId;
            case STORAGE ->
                Comparator.comparingLong(UserSortKey::totalBytes).reversed().thenComparing(byId);
        };
    }

    /** Reverses the order of numbers; its own inverse. */
    static long descending(long bytes) {
        return ~bytes;
    }

    UserSortKey first() {
        return new UserSortKey(Long.MAX_VALUE, Long.MIN_VALUE);
    }

    /** The place behind this one; empty if it is the last. */
    Optional<UserSortKey> next(UserSortKey place) {
        if (place.userId() < Long.MAX_VALUE) {
            return Optional.of(new UserSortKey(place.totalBytes(), place.userId() + 1));
        }
        return this == ID || place.totalBytes() == Long.MIN_VALUE
                ? Optional.empty()
                : Optional.of(new UserSortKey(place.totalBytes() - 1, Long.MIN_VALUE));
    }
}
