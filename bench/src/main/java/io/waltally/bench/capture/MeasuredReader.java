package io.waltally.bench.capture;

/** A way to read rows from a replication slot. */
public interface MeasuredReader {
    String name();

    /** Its slot, which is inactive and at the origin whenever it starts. */
    String slot();

    /**
     * Number of rows at the beginning that are not measured, for a contender that starts cold in every round.
     *
     * @param rows of a round
     */
    default int warmUp(int rows) {
        return 0;
    }

    /** Starts to read, in threads or in a process of its own. */
    Reading start();

    /** A reading that continues until it is closed. */
    interface Reading extends AutoCloseable {
        /**
         * Number of finished rows.
         *
         * @throws BenchmarkException if it has failed
         */
        long rows();

        @Override
        void close();
    }
}
