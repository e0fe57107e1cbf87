package io.waltally.bench;

/** One way to read rows from a replication slot. */
interface Contender {
    String name();

    /** The slot that it reads; inactive, and at the origin whenever it starts. */
    String slot();

    /**
     * Rows at the beginning that do not count, since it starts cold in every round.
     *
     * @param rows of a round
     */
    default int warmUp(int rows) {
        return 0;
    }

    /** Starts to read, on threads or in a process of its own. */
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
