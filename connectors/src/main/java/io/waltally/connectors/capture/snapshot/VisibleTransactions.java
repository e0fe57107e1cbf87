package io.waltally.connectors.capture.snapshot;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * The transactions that a query sees, as given by {@code pg_current_snapshot()}.
 *
 * @param xmin all before this one have ended
 * @param xmax none from this one on had started
 * @param inProgress those in between that had not ended
 */
record VisibleTransactions(long xmin, long xmax, Set<Long> inProgress) {
    private static final long TRANSACTION_IDS = 1L << Integer.SIZE;

    VisibleTransactions {
        inProgress = Set.copyOf(inProgress);
    }

    /** Parses {@code xmin:xmax:xip,xip,...}. */
    static VisibleTransactions parse(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length != 3) {
            throw new IllegalArgumentException("not a pg_snapshot: \"" + text + "\"");
        }
        Set<Long> inProgress = Arrays.stream(parts[2].split(","))
                .filter(id -> !id.isEmpty())
                .map(Long::valueOf)
                .collect(Collectors.toSet());
        return new VisibleTransactions(Long.parseLong(parts[0]), Long.parseLong(parts[1]), inProgress);
    }

    /** Whether the transaction is visible. */
    boolean see(long transactionId) {
        return transactionId < xmin || (transactionId < xmax && !inProgress.contains(transactionId));
    }

    /** The same for a 32-bit id from the WAL: the nearest id with that value. */
    boolean see32BitId(long transactionId) {
        long id = (xmax & -TRANSACTION_IDS) | transactionId;
        if (id - xmax > TRANSACTION_IDS / 2) {
            id -= TRANSACTION_IDS;
        } else if (xmax - id > TRANSACTION_IDS / 2) {
            id += TRANSACTION_IDS;
        }
        return see(id);
    }

    /**
     * The transactions that had not ended. A snapshot lists only those before the last one that has, so a later id is
     * needed.
     *
     * @param next an id that was assigned afterwards
     */
    Set<Long> open(long next) {
        return Stream.concat(inProgress.stream(), LongStream.range(xmax, next).boxed())
                .collect(Collectors.toSet());
    }
}
