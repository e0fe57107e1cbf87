package io.waltally.workload;

import io.waltally.workload.operation.Operation;
import io.waltally.workload.operation.OperationGenerator;
import io.waltally.workload.session.DatabaseFailure;
import io.waltally.workload.session.DatabaseSession;
import io.waltally.workload.session.StatisticsRecorder;
import io.waltally.workload.session.TransactionAbandoned;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Performs operations on its own connection until it is stopped: every kind once, then at random. A kind that
 * found no suitable rows at first is tried again among the others.
 */
final class Writer implements Runnable {
    private static final int OPENING_ROUNDS = 5;
    private static final int LATER_CHANCE = 10;

    private final OperationGenerator script;
    private final DatabaseSession session;
    private final StatisticsRecorder recorder;
    private final double rate;
    private final CountDownLatch stopping;

    Writer(
            OperationGenerator script,
            DatabaseSession session,
            StatisticsRecorder recorder,
            double rate,
            CountDownLatch stopping) {
        this.script = script;
        this.session = session;
        this.recorder = recorder;
        this.rate = rate;
        this.stopping = stopping;
    }

    @Override
    public void run() {
        try (session) {
            write();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (SQLException error) {
            throw new IllegalStateException(
                    Thread.currentThread().getName() + ": a statement failed, see the cause: " + error.getMessage(),
                    error);
        }
    }

    private void write() throws SQLException, InterruptedException {
        Deque<Operation> opening = new ArrayDeque<>(script.operations());
        int openingTurns = OPENING_ROUNDS * opening.size();
        RateLimiter limiter = new RateLimiter(rate, System.nanoTime());
        long paid = session.transactions();
        for (long turn = 1; stopping.getCount() > 0; turn++) {
            if (opening.isEmpty() || (turn > openingTurns && turn % LATER_CHANCE != 0)) {
                perform(script.next());
            } else {
                Operation operation = opening.remove();
                if (!perform(operation)) opening.add(operation);
            }
            long wait = limiter.afterTransactions(session.transactions() - paid, System.nanoTime());
            paid = session.transactions();
            if (wait > 0 && stopping.await(wait, TimeUnit.NANOSECONDS)) return;
        }
    }

    private boolean perform(Operation operation) throws SQLException, InterruptedException {
        try {
            if (!operation.action().perform()) return false;
            recorder.performed(script.store() + "." + operation.label());
            return true;
        } catch (TransactionAbandoned quotaExceeded) {
            // Rolled back and counted; the next operation sees the rows unchanged.
            return false;
        } catch (SQLException error) {
            if (DatabaseFailure.of(error) != DatabaseFailure.CONNECTION) throw error;
            session.reconnect(stopping);
            return false;
        }
    }
}
