package io.waltally.bench.page;

import io.waltally.schemas.Lsn;
import java.util.Optional;

/** A running pipeline whose events can be followed, as pages do. */
public interface PageBenchmarkTarget {
    /** The JDBC URL of the database that is written to. */
    String url();

    /** A superuser of the database whom the server trusts. */
    String admin();

    /**
     * The position up to which everything is in the tallies; empty while unknown.
     *
     * @throws RuntimeException if the pipeline has ended
     */
    Optional<Lsn> applied();

    /** Opens clients that follow all events, in a process of their own; returns once each of them gets events. */
    Clients open(int clients);

    /** Clients that follow the events until they are closed. */
    interface Clients extends AutoCloseable {
        @Override
        void close();
    }
}
