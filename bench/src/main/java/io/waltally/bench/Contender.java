package io.waltally.bench;

/** One way to read rows from a replication slot. */
interface Contender {
    String name();

    /** The slot that it reads; inactive, and at the origin whenever it starts. */
    String slot();

    /** Starts to read, on threads of its own. */
    Reading start();

    /** A reading that goes on until it is closed. */
    interface Reading extends AutoCloseable {
        /**
         * Rows that are done with.
         *
         * @throws BenchmarkException if it has failed
         */
        long rows();

        @Override
        void close();
    }
}
