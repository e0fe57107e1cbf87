package io.waltally.app.http;

import io.waltally.app.tally.AsOf;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.BackendUsage;
import io.waltally.schemas.agg.BucketUsage;
import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserStorage;
import java.net.URI;
import java.util.NavigableMap;
import java.util.Optional;

/**
 * The committed tallies that this instance can show: of all backends and buckets, and of some users. Every method throws
 * {@link NotNow} while it cannot say. A map may change while it is read.
 */
public interface TallyQueries {
    /** Up to where a read of backends or buckets that begins after this call is complete; empty while not known. */
    Optional<AsOf> asOf();

    /** The same for one user, who is here. */
    Optional<AsOf> asOf(long userId);

    /** By name. */
    NavigableMap<String, BackendQuota> backends();

    /** What a backend used, by month. */
    NavigableMap<String, BackendUsage> usage(String backend);

    /** By name. */
    NavigableMap<String, BucketUsage> buckets();

    /** The user's collections that are shown, by id. */
    NavigableMap<Integer, UserCollection> collections(long userId);

    Optional<UserStorage> storage(long userId);

    /** The API of the instance that has this user's tallies; empty if it is this one. */
    Optional<URI> elsewhere(long userId);

    /** They cannot be read at this moment: the message says why. */
    final class NotNow extends RuntimeException {
        private static final long serialVersionUID = 1;

        public NotNow(String reason) {
            super(reason);
        }
    }
}
