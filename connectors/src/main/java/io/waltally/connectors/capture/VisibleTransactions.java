package io.waltally.connectors.capture;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Which transactions a query sees, as {@code pg_current_snapshot()} says.
 *
 * @param xmin all before this one have ended
 * @param xmax none from this one on had begun to write
 * @param inProgress those in between that had not ended
 */
record VisibleTransactions(long xmin, long xmax, Set<Long> inProgress) {
    private static final long TRANSACTION_IDS = 1L << Integer.SIZE;

    VisibleTransactions {
        inProgress = Set.copyOf(inProgress);
    }

    /** Reads {@code xmin:xmax:xip,xip,...}. */
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

    /** Whether everything that the transaction did is seen. */
    boolean see(long transactionId) {
        return transactionId < xmin || (transactionId < xmax && !inProgress.contains(transactionId));
    }

    /** The same for an id of the WAL, which has 32 bits: the one of that value that is nearest. */
    boolean seeShort(long transactionId) {
        long id = (xmax & -TRANSACTION_IDS) | transactionId;
        if (id - xmax > TRANSACTION_IDS / 2) {
            id -= TRANSACTION_IDS;
        } else if (xmax - id > TRANSACTION_IDS / 2) {
            id += TRANSACTION_IDS;
        }
        return see(id);
    }

    /**
     * Those that had not ended. A query's snapshot lists only the ones before the last that has, so it takes more to know
     * the others.
     *
     * @param next an id that was given afterwards
     */
    Set<Long> open(long next) {
        return Stream.concat(inProgress.stream(), LongStream.range(xmax, next).boxed())
                .collect(Collectors.toSet());
    }
}
