package io.waltally.sinks.replica;

/**
 * Decides whether a batch is first written by a plain insert. During the initial load most rows are new, and a plain
 * insert is faster than an upsert; a batch with existing rows is written twice. The batches after it are upserted, each
 * time twice as many.
 */
final class InsertAttempts {
    private static final int MAX_MERGES = 1 << 12;

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
        pause = Math.min(2 * pause, MAX_MERGES);
    }
}
