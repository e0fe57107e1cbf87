package io.waltally.app.http.route.tally;

import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.util.Optional;

/** The ends of the WAL of the sources' servers. Thread-safe; blocks one caller at most. */
@FunctionalInterface
public interface WalEnds {
    /**
     * Returns the end of a server's WAL.
     *
     * @param since a value of {@link System#nanoTime}
     * @return the end as reported by the server after that moment; empty if there is none yet, and the caller may ask
     *     again
     */
    Optional<Lsn> after(long since, Source source);
}
