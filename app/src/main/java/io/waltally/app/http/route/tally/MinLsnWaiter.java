package io.waltally.app.http.route.tally;

import io.javalin.http.HttpStatus;
import io.waltally.app.http.route.query.MinLsn;
import io.waltally.app.http.server.Problem;
import io.waltally.app.tally.AsOf;
import io.waltally.schemas.Lsn;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Requests that wait until an LSN is applied, without a thread each. */
public final class MinLsnWaiter implements AutoCloseable {
    private static final long MIN_PAUSE = TimeUnit.MILLISECONDS.toNanos(2);
    private static final long MAX_PAUSE = TimeUnit.MILLISECONDS.toNanos(50);

    /** The longer a wait lasts, the longer the interval between two looks: this adds at most a tenth to the wait. */
    private static final int PAUSES_PER_WAIT = 10;

    /** If the LSN was not reached after this time, it may be one that the server does not have. */
    private static final long ASK_SERVER_AFTER = TimeUnit.MILLISECONDS.toNanos(500);

    private final Set<Wait> waiting = ConcurrentHashMap.newKeySet();
    private final Executor threads;
    private final int limit;
    private final WalEnds ends;
    private volatile boolean closed;

    /**
     * @param threads that look at the progress, and run requests after their wait
     * @param limit largest number of waits at once
     * @param ends ends of the servers' WAL
     */
    public MinLsnWaiter(Executor threads, int limit, WalEnds ends) {
        this.threads = threads;
        this.limit = limit;
        this.ends = ends;
    }

    /**
     * Waits until the tallies have reached an LSN.
     *
     * @return fails if they do not reach it in time, or never can: with a {@link Problem} that says how far they are,
     *     or with {@link TallyQueries.NotNow} if that is unknown
     * @throws TallyQueries.NotNow if too many requests wait already
     */
    CompletableFuture<Void> until(MinLsn wanted, Supplier<Optional<AsOf>> asOf) {
        if (waiting.size() >= limit) {
            throw new TallyQueries.TalliesUnavailableException(limit + " requests wait for an LSN already; try again");
        }
        Wait wait = new Wait(wanted, asOf);
        waiting.add(wait);
        if (closed) {
            wait.stop();
        } else {
            wait.run();
        }
        return wait.reached;
    }

    /** Ends all waits. */
    @Override
    public void close() {
        closed = true;
        waiting.forEach(Wait::stop);
    }

    private final class Wait implements Runnable {
        private final long start = System.nanoTime();
        private final MinLsn wanted;
        private final Supplier<Optional<AsOf>> asOf;
        private final CompletableFuture<Void> reached = new CompletableFuture<>();
        private boolean known;

        Wait(MinLsn wanted, Supplier<Optional<AsOf>> asOf) {
            this.wanted = wanted;
            this.asOf = asOf;
        }

        /** Looks at the progress of the tallies. */
        @Override
        public void run() {
            if (reached.isDone()) {
                return;
            }
            try {
                Optional<AsOf> now = asOf.get();
                if (now.filter(this::satisfies).isPresent()) {
                    waiting.remove(this);
                    reached.complete(null);
                } else {
                    requireOfServer(now);
                    retryOrFail(() -> notReached(now));
                }
            } catch (TallyQueries.TalliesUnavailableException e) {
                retryOrFail(() -> e);
            } catch (RuntimeException e) {
                fail(e);
            }
        }

        private void requireOfServer(Optional<AsOf> now) {
            long timeout = Math.min(ASK_SERVER_AFTER, wanted.timeout().toNanos());
            if (known || now.isEmpty() || System.nanoTime() - start < timeout) {
                return;
            }
            // An end reported before this request came proves nothing: the LSN of the request may be newer.
            Optional<Lsn> end = ends.after(start, now.get().source());
            known = end.isPresent();
            if (known && wanted.lsn().isAfter(end.get())) {
                throw new Problem(
                        HttpStatus.CONFLICT,
                        "min_lsn is " + wanted.lsn() + ", and the WAL of the server of "
                                + now.get().source() + " ends at " + end.get()
                                + ": it is a position of another server, or of this one before it was restored");
            }
        }

        private boolean satisfies(AsOf now) {
            return !wanted.lsn().isAfter(now.lsn());
        }

        private void retryOrFail(Supplier<RuntimeException> obstacle) {
            long waited = System.nanoTime() - start;
            long left = wanted.timeout().toNanos() - waited;
            if (left <= 0) {
                fail(obstacle.get());
            } else {
                long pause = Math.max(MIN_PAUSE, Math.min(MAX_PAUSE, waited / PAUSES_PER_WAIT));
                CompletableFuture.delayedExecutor(Math.min(pause, left), TimeUnit.NANOSECONDS, threads)
                        .execute(this);
            }
        }

        private Problem notReached(Optional<AsOf> now) {
            String position = now.map(known -> known.lsn() + " of " + known.source() + ", epoch " + known.epoch())
                    .orElse("a position that is not known yet");
            return new Problem(
                    HttpStatus.GATEWAY_TIMEOUT,
                    "the tallies are complete up to " + position + "; they did not get to " + wanted.lsn() + " within "
                            + wanted.timeout().toMillis() + " ms",
                    Map.of(TallyResponses.AS_OF, TallyResponses.json(now)));
        }

        void stop() {
            fail(new TallyQueries.TalliesUnavailableException("this instance is stopping"));
        }

        private void fail(RuntimeException reason) {
            waiting.remove(this);
            reached.completeExceptionally(reason);
        }
    }
}
