package io.waltally.workload;

import io.waltally.workload.session.DatabaseAddress;
import java.util.Objects;
import java.util.Optional;

/**
 * The databases to write to, the random seed, and the speed.
 *
 * @param s3 the database of s3-orchestrator; empty: not written
 * @param sync the database of syncstorage; empty: not written
 * @param seed determines every choice of every writer, but not their interleaving
 * @param writersPerStore concurrent connections per store
 * @param rate transactions per second over all writers; 0 is unlimited
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

    /** Both stores, two writers each, at full speed. */
    public static WorkloadOptions of(DatabaseAddress s3, DatabaseAddress sync, long seed) {
        return new WorkloadOptions(Optional.of(s3), Optional.of(sync), seed, DEFAULT_WRITERS_PER_STORE, 0);
    }

    /** Only s3-orchestrator's store. */
    public static WorkloadOptions ofS3(DatabaseAddress s3, long seed) {
        return new WorkloadOptions(Optional.of(s3), Optional.empty(), seed, DEFAULT_WRITERS_PER_STORE, 0);
    }

    /** Only syncstorage's store. */
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
