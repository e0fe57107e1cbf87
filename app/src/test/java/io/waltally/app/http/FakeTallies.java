package io.waltally.app.http;

import io.waltally.app.http.route.tally.TallyQueries;
import io.waltally.app.tally.AsOf;
import io.waltally.pipeline.view.ListedUser;
import io.waltally.pipeline.view.UserSelection;
import io.waltally.pipeline.view.UserTotals;
import io.waltally.schemas.Source;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.BackendUsage;
import io.waltally.schemas.agg.BucketUsage;
import io.waltally.schemas.agg.LastChange;
import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserStorage;
import java.math.BigInteger;
import java.net.URI;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Tallies that a test sets. */
public final class FakeTallies implements TallyQueries {
    private static final LastChange CHANGE = new LastChange("s3", 0, 1L, 2L, Instant.EPOCH);

    public final NavigableMap<String, BackendQuota> backends = new ConcurrentSkipListMap<>();
    public final NavigableMap<String, BackendUsage> usage = new ConcurrentSkipListMap<>();
    public final NavigableMap<String, BucketUsage> buckets = new ConcurrentSkipListMap<>();
    public final NavigableMap<Integer, UserCollection> collections = new ConcurrentSkipListMap<>();
    public final Map<Long, UserStorage> storage = new ConcurrentHashMap<>();
    public final Map<Source, AsOf> asOf = new ConcurrentHashMap<>();

    /** How often it was asked up to where they are complete. */
    public final AtomicInteger looks = new AtomicInteger();

    public volatile Runnable afterLook = () -> {};
    public volatile Optional<URI> elsewhere = Optional.empty();
    public volatile Map<Optional<URI>, Set<Integer>> userPartitions = Map.of(Optional.empty(), Set.of(0, 1));
    /** For which a list of users was made last. */
    public volatile Set<Integer> listed = Set.of();

    public volatile Optional<String> notNow = Optional.empty();

    public static BackendQuota quota(long bytesUsed) {
        return new BackendQuota(bytesUsed, 1L, 0L, 0L, 10L, 10 - bytesUsed, bytesUsed / 10.0, CHANGE, false);
    }

    public static BackendUsage used(long apiRequests) {
        return new BackendUsage(apiRequests, 2L, 3L, 100L, 0L, 0L, apiRequests / 100.0, 0.0, 0.0, CHANGE, false);
    }

    public static BucketUsage bucket(long logicalBytes, long copies) {
        return BucketUsage.newBuilder()
                .setLogicalBytes(logicalBytes)
                .setStoredBytes(logicalBytes * copies)
                .setObjectCount(1)
                .setCopyCount(copies)
                .setLastChange(CHANGE)
                .build();
    }

    public static UserCollection collection(String name, long count) {
        return new UserCollection(name, count, 512 * count, Instant.EPOCH, CHANGE, false);
    }

    public static UserStorage stored(long count) {
        return new UserStorage(count, 512 * count, 1, 2_097_152_000L, CHANGE, false);
    }

    @Override
    public Optional<AsOf> asOf() {
        return asOf(Source.S3);
    }

    private Optional<AsOf> asOf(Source source) {
        looks.incrementAndGet();
        Optional<AsOf> known = now(Optional.ofNullable(asOf.get(source)));
        afterLook.run();
        return known;
    }

    @Override
    public Optional<AsOf> asOf(long userId) {
        return asOf(Source.SYNC);
    }

    @Override
    public NavigableMap<String, BackendQuota> backends() {
        return now(backends);
    }

    @Override
    public NavigableMap<String, BackendUsage> usage(String backend) {
        return now(usage);
    }

    @Override
    public NavigableMap<String, BucketUsage> buckets() {
        return now(buckets);
    }

    @Override
    public NavigableMap<Integer, UserCollection> collections(long userId) {
        return now(collections);
    }

    @Override
    public Optional<UserStorage> storage(long userId) {
        return now(Optional.ofNullable(storage.get(userId)));
    }

    @Override
    public Optional<AsOf> asOf(Set<Integer> userPartitions) {
        return asOf(Source.SYNC);
    }

    /** All of them in any of the partitions. */
    @Override
    public List<ListedUser> users(Set<Integer> partitions, UserSelection selection, int most) {
        listed = partitions;
        return now(storage).entrySet().stream()
                .map(user -> new ListedUser(user.getKey(), user.getValue()))
                .filter(user -> selection.ids().stream()
                        .anyMatch(range -> user.userId() >= range.first() && user.userId() <= range.last()))
                .filter(user -> selection
                        .after()
                        .filter(after -> selection.order().places().compare(user.place(), after) <= 0)
                        .isEmpty())
                .sorted(Comparator.comparing(
                        ListedUser::place, selection.order().places()))
                .limit(most)
                .toList();
    }

    @Override
    public UserTotals userTotals(Set<Integer> partitions) {
        return new UserTotals(
                storage.size(),
                storage.values().stream()
                        .map(user -> BigInteger.valueOf(user.getTotalBytes()))
                        .reduce(BigInteger.ZERO, BigInteger::add),
                storage.values().stream().anyMatch(UserStorage::getDegraded));
    }

    @Override
    public Map<Optional<URI>, Set<Integer>> userPartitions() {
        return now(userPartitions);
    }

    @Override
    public Optional<URI> elsewhere(long userId) {
        return elsewhere;
    }

    private <T> T now(T value) {
        notNow.ifPresent(why -> {
            throw new TalliesUnavailableException(why);
        });
        return value;
    }
}
