package io.waltally.pipeline.view;

import java.util.Comparator;
import java.util.Optional;

/** The orders of a list of users. */
public enum UserOrder {
    /** By id. */
    ID,

    /** By bytes, the largest first, and by id among equals. */
    STORAGE;

    public Comparator<UserPlace> places() {
        Comparator<UserPlace> byId = Comparator.comparingLong(UserPlace::userId);
        return switch (this) {
            case ID -> byId;
            case STORAGE ->
                Comparator.comparingLong(UserPlace::totalBytes).reversed().thenComparing(byId);
        };
    }

    /** Reverses the order of numbers; its own inverse. */
    static long descending(long bytes) {
        return ~bytes;
    }

    UserPlace first() {
        return new UserPlace(Long.MAX_VALUE, Long.MIN_VALUE);
    }

    /** The place behind this one; empty if it is the last. */
    Optional<UserPlace> next(UserPlace place) {
        if (place.userId() < Long.MAX_VALUE) {
            return Optional.of(new UserPlace(place.totalBytes(), place.userId() + 1));
        }
        return this == ID || place.totalBytes() == Long.MIN_VALUE
                ? Optional.empty()
                : Optional.of(new UserPlace(place.totalBytes() - 1, Long.MIN_VALUE));
    }
}
