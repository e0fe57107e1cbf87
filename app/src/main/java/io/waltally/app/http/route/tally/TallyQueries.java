package io.waltally.app.http.route.tally;

import io.waltally.app.tally.AsOf;
import io.waltally.pipeline.view.ListedUser;
import io.waltally.pipeline.view.UserSelection;
import io.waltally.pipeline.view.UserTotals;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.BackendUsage;
import io.waltally.schemas.agg.BucketUsage;
import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserStorage;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;

/**
 * Queries of the committed tallies on this instance: all backends and buckets, and its share of users. Every method
 * throws {@link TalliesUnavailableException} while the tallies are unavailable. A returned map may change while it is
 * read.
 */
public interface TallyQueries {
    /** The position up to which a later read of backends or buckets is complete; empty while unknown. */
    Optional<AsOf> asOf();

    /** The same for a user of this instance. */
    Optional<AsOf> asOf(long userId);

    /** The same for all users of these partitions, which are here. */
    Optional<AsOf> asOf(Set<Integer> userPartitions);

    /** The backends by name. */
    NavigableMap<String, BackendQuota> backends();

    /** Usage of a backend, by month. */
    NavigableMap<String, BackendUsage> usage(String backend);

    /** The buckets by name. */
    NavigableMap<String, BucketUsage> buckets();

    /** The published collections of the user, by id. */
    NavigableMap<Integer, UserCollection> collections(long userId);

    Optional<UserStorage> storage(long userId);

    /** Users of these partitions, which are here: of each partition the first ones, up to a number. */
    List<ListedUser> users(Set<Integer> partitions, UserSelection selection, int limit);

    /** Sums over the users of these partitions, which are here. */
    UserTotals userTotals(Set<Integer> partitions);

    /** The API of the instance that has this user's tallies; empty if it is this one. */
    Optional<URI> elsewhere(long userId);

    /** All partitions of users by the API of the instance that has them; empty is this one. */
    Map<Optional<URI>, Set<Integer>> userPartitions();

    /** The tallies are unavailable for now; the message says why. */
    final class TalliesUnavailableException extends RuntimeException {
        private static final long serialVersionUID = 1;

        public TalliesUnavailableException(String reason) {
            super(reason);
        }
    }
}
