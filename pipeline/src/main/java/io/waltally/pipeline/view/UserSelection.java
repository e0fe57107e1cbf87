package io.waltally.pipeline.view;

import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;
import java.util.function.Predicate;

/**
 * Selects the users to list, and their order.
 *
 * @param ids in ascending order, and without overlap
 * @param after the last user of the page before
 */
public record UserSelection(UserOrder order, List<IdRange> ids, Optional<UserSortKey> after) {
    /** The users that are read at once if only some of them are selected. */
    private static final int MAX_READ = 4_096;

    public UserSelection {
        ids = List.copyOf(ids);
    }

    /**
     * Goes through the selected users in their order.
     *
     * @param limit the approximate number of wanted users, which decides how many are read at once
     * @param handler returns whether it wants more
     */
    void forEach(Places places, int limit, Predicate<UserSortKey> handler) {
        Optional<UserSortKey> next = after.map(order::next).orElse(Optional.of(order.first()));
        switch (order) {
            case ID -> {
                for (IdRange range : ids) {
                    UserSortKey first = new UserSortKey(0, range.first());
                    if (next.isEmpty()
                            || !scan(places, later(next.get(), first), limit, range::includes, false, handler)) {
                        return;
                    }
                }
            }
            case STORAGE -> {
                boolean all = ids.equals(List.of(IdRange.ALL));
                next.ifPresent(place -> scan(places, place, all ? limit : MAX_READ, this::includes, true, handler));
            }
        }
    }

    private UserSortKey later(UserSortKey one, UserSortKey other) {
        return order.places().compare(one, other) >= 0 ? one : other;
    }

    /** Returns whether more are wanted. */
    private boolean scan(
            Places places,
            UserSortKey from,
            int chunk,
            LongPredicate wanted,
            boolean unwantedBetween,
            Predicate<UserSortKey> handler) {
        Optional<UserSortKey> next = Optional.of(from);
        while (next.isPresent()) {
            List<UserSortKey> found = places.from(order, next.get(), chunk);
            for (UserSortKey place : found) {
                if (wanted.test(place.userId())) {
                    if (!handler.test(place)) {
                        return false;
                    }
                } else if (!unwantedBetween) {
                    return true;
                }
            }
            if (found.size() < chunk) {
                return true;
            }
            next = order.next(found.get(found.size() - 1));
        }
        return true;
    }

    private boolean includes(long userId) {
        // Not a stream: it is asked for each user that a list passes over.
        for (IdRange range : ids) {
            if (range.includes(userId)) {
                return true;
            }
        }
        return false;
    }

    /** Users at or after a place, in an order. */
    @FunctionalInterface
    interface Places {
        List<UserSortKey> from(UserOrder order, UserSortKey place, int limit);
    }
}
