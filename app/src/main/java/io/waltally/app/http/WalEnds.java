package io.waltally.app.http;

import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.util.Optional;

/** How far the WAL of the sources' servers goes. Called by many threads at once; must not make more than one of them wait. */
@FunctionalInterface
public interface WalEnds {
    /**
     * Tells the end of a server's WAL.
     *
     * @param since a value of {@link System#nanoTime}
     * @return the end as the server told it after that moment; empty if it has not, and may be asked for again
     */
    Optional<Lsn> after(long since, Source source);
}
