package io.waltally.sinks.tally;

import io.waltally.schemas.Lsn;
import io.waltally.schemas.agg.LastChange;
import java.util.Comparator;

/** The place of a tally in the history of its source. */
record TallyPosition(int epoch, Lsn lsn) implements Comparable<TallyPosition> {
    private static final Comparator<TallyPosition> ORDER =
            Comparator.comparingInt(TallyPosition::epoch).thenComparing(TallyPosition::lsn);

    static TallyPosition of(LastChange change) {
        return new TallyPosition(change.getEpoch(), new Lsn(change.getLsn()));
    }

    @Override
    public int compareTo(TallyPosition other) {
        return ORDER.compare(this, other);
    }
}
