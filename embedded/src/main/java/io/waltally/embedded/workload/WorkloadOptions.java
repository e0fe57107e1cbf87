package io.waltally.embedded.workload;

import java.util.Objects;
import java.util.Optional;

/**
 * What to write, where, and how fast.
 *
 * @param s3 the database of s3-orchestrator; empty leaves that store alone
 * @param sync the database of syncstorage; empty leaves that store alone
 * @param seed decides every choice of every writer; their interleaving stays the server's
 * @param writersPerStore connections that write to each store at once
 * @param rate transactions per second over all writers together; 0 is as fast as possible
 */
public record WorkloadOptions(
        Optional<DatabaseAddress> s3, Optional<DatabaseAddress> sync, long seed, int writersPerStore, double rate) {
    static final int DEFAULT_WRITERS_PER_STORE = 2;

    public WorkloadOptions {
        Objects.requireNonNull(s3, "s3");
        Objects.requireNonNull(sync, "sync");
        if (s3.isEmpty() && sync.isEmpty()) throw new IllegalArgumentException("s3 or sync must be given");
        if (writersPerStore < 1 || writersPerStore > 64) {
            throw new IllegalArgumentException("writersPerStore must be 1 to 64 but is " + writersPerStore);
        }
        if (!(rate >= 0 && rate < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("rate must be 0 (as fast as possible) or more but is " + rate);
        }
    }

    /** Both stores, two writers each, as fast as possible. */
    public static WorkloadOptions of(DatabaseAddress s3, DatabaseAddress sync, long seed) {
        return new WorkloadOptions(Optional.of(s3), Optional.of(sync), seed, DEFAULT_WRITERS_PER_STORE, 0);
    }

    /** s3-orchestrator's store only. */
    public static WorkloadOptions ofS3(DatabaseAddress s3, long seed) {
        return new WorkloadOptions(Optional.of(s3), Optional.empty(), seed, DEFAULT_WRITERS_PER_STORE, 0);
    }

    /** syncstorage's store only. */
    public static WorkloadOptions ofSync(DatabaseAddress sync, long seed) {
        return new WorkloadOptions(Optional.empty(), Optional.of(sync), seed, DEFAULT_WRITERS_PER_STORE, 0);
    }

    public WorkloadOptions withWritersPerStore(int writers) {
        return new WorkloadOptions(s3, sync, seed, writers, rate);
    }

    public WorkloadOptions withRate(double transactionsPerSecond) {
        return new WorkloadOptions(s3, sync, seed, writersPerStore, transactionsPerSecond);
    }

    int writers() {
        return writersPerStore * ((s3.isPresent() ? 1 : 0) + (sync.isPresent() ? 1 : 0));
    }
}
