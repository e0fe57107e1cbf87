package io.waltally.app.tally;

import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.util.Comparator;

/**
 * A position up to which tallies are complete: every transaction of the source that ended at or before the LSN is in
 * them.
 *
 * @param epoch incarnation of the source
 */
public record AsOf(Source source, int epoch, Lsn lsn) implements Comparable<AsOf> {
    private static final Comparator<AsOf> ORDER =
            Comparator.comparingInt(AsOf::epoch).thenComparing(AsOf::lsn);

    @Override
    public int compareTo(AsOf other) {
        return ORDER.compare(this, other);
    }
}
