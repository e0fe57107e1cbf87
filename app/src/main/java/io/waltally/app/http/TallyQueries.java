package io.waltally.app.http;

import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.UserCollection;
import java.net.URI;
import java.util.Optional;
import java.util.SortedMap;

/** The committed tallies that this instance can show. */
public interface TallyQueries {
    /** By name. */
    SortedMap<String, BackendQuota> backends();

    /** The user's collections that are shown, by id. */
    SortedMap<Integer, UserCollection> collections(long userId);

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
