package io.waltally.pipeline.view;

import io.waltally.schemas.agg.UserKey;
import io.waltally.schemas.agg.UserStorage;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.ValueAndTimestamp;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The users of one partition in the orders of {@link UserOrder}, in memory. It is empty, and costs nothing, until the
 * first list of users is asked for: then it is filled from the store, and follows it.
 *
 * <p>The task's thread follows the store; any thread may read.
 */
final class UserIndex {
    private static final Logger LOG = LoggerFactory.getLogger(UserIndex.class);

    private final Object filling = new Object();
    private @Nullable Content content;
    /** Changes since filling began: storage by user, null for one that is gone. Null unless it is being filled. */
    private @Nullable Map<Long, @Nullable UserStorage> changes;

    private static final class Content {
        final SortedPairs byId = new SortedPairs();
        final SortedPairs byStorage = new SortedPairs();
        final Set<Long> degraded = new HashSet<>();
        long users;
        BigInteger totalBytes = BigInteger.ZERO;

        void put(long userId, @Nullable UserStorage storage) {
            long[] before = byId.from(userId, Long.MIN_VALUE, 1);
            if (before.length > 0 && before[0] == userId) {
                byId.remove(userId, before[1]);
                byStorage.remove(UserOrder.descending(before[1]), userId);
                users--;
                degraded.remove(userId);
                totalBytes = totalBytes.subtract(BigInteger.valueOf(before[1]));
            }
            if (storage != null) {
                long bytes = storage.getTotalBytes();
                byId.add(userId, bytes);
                byStorage.add(UserOrder.descending(bytes), userId);
                users++;
                totalBytes = totalBytes.add(BigInteger.valueOf(bytes));
                if (storage.getDegraded()) {
                    degraded.add(userId);
                }
            }
        }

        UserTotals totals() {
            return new UserTotals(users, totalBytes, !degraded.isEmpty());
        }
    }

    /** Adds a tally that is in the store already; null if it was deleted. */
    synchronized void put(long userId, @Nullable UserStorage storage) {
        if (changes != null) {
            changes.put(userId, storage);
        } else if (content != null) {
            content.put(userId, storage);
        }
    }

    /**
     * Reads all users, unless that was done before.
     *
     * @param all everything in the store at the time of the call
     */
    void fill(Supplier<KeyValueIterator<UserKey, ValueAndTimestamp<UserStorage>>> all) {
        synchronized (filling) {
            if (!begin()) {
                return;
            }
            try {
                Content read = new Content();
                try (KeyValueIterator<UserKey, ValueAndTimestamp<UserStorage>> users = all.get()) {
                    while (addNext(users, read)) {
                        // Until there are no more.
                    }
                }
                publish(read);
            } finally {
                end();
            }
        }
    }

    /**
     * Adds the next user; returns false if there is none. Skips what cannot be read: a store that is restored from its
     * topic also has records of other producers.
     */
    private static boolean addNext(KeyValueIterator<UserKey, ValueAndTimestamp<UserStorage>> users, Content read) {
        KeyValue<UserKey, ValueAndTimestamp<UserStorage>> user;
        try {
            // Iterators over several stores read ahead in hasNext.
            if (!users.hasNext()) {
                return false;
            }
            user = users.next();
        } catch (SerializationException e) {
            LOG.debug("skipped an entry of the store", e);
            return true;
        }
        // Null if its value cannot be read.
        if (user.value != null) {
            read.put(user.key.getUserId(), user.value.value());
        }
        return true;
    }

    private synchronized boolean begin() {
        if (content != null) {
            return false;
        }
        changes = new HashMap<>();
        return true;
    }

    private synchronized void publish(Content read) {
        if (changes != null) {
            changes.forEach(read::put);
        }
        content = read;
    }

    private synchronized void end() {
        changes = null;
    }

    /** Returns the first users at or after a place. */
    synchronized List<UserSortKey> from(UserOrder order, UserSortKey place, int limit) {
        Content filled = filled();
        long[] found = switch (order) {
            case ID -> filled.byId.from(place.userId(), Long.MIN_VALUE, limit);
            case STORAGE -> filled.byStorage.from(UserOrder.descending(place.totalBytes()), place.userId(), limit);
        };
        List<UserSortKey> places = new ArrayList<>(found.length / 2);
        for (int i = 0; i < found.length; i += 2) {
            places.add(
                    switch (order) {
                        case ID -> new UserSortKey(found[i + 1], found[i]);
                        case STORAGE -> new UserSortKey(UserOrder.descending(found[i]), found[i + 1]);
                    });
        }
        return places;
    }

    synchronized UserTotals totals() {
        return filled().totals();
    }

    synchronized Optional<UserTotals> totalsIfFilled() {
        return Optional.ofNullable(content).map(Content::totals);
    }

    private Content filled() {
        if (content == null) {
            throw new IllegalStateException("the index of users is not filled");
        }
        return content;
    }
}
