package io.waltally.sinks.replica;

/**
 * Decides whether rows are first tried as new ones. While a replica is filled most are, and inserting them alone is
 * faster than merging; a batch that has others is written twice. After such a one the next ones are merged, each time
 * twice as many.
 */
final class InsertAttempts {
    private static final int MOST_MERGES = 1 << 12;

    private int merges;
    private int pause = 1;

    /** Whether to try the next batch. */
    boolean next() {
        if (merges > 0) {
            merges--;
            return false;
        }
        return true;
    }

    /** A batch had rows that the table has. */
    void failed() {
        merges = pause;
        pause = Math.min(2 * pause, MOST_MERGES);
    }
}
