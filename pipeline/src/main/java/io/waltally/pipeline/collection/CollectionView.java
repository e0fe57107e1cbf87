package io.waltally.pipeline.collection;

import io.waltally.pipeline.fold.Amounts;
import io.waltally.pipeline.fold.Measure;
import io.waltally.pipeline.fold.Timestamps;
import io.waltally.pipeline.rows.CollectionId;
import java.time.Instant;

/** What is shown of a collection, and what it adds to its user's storage. */
final class CollectionView {
    /** Collection 0 is not one: its row says when the user deleted something. */
    private static final int TOMBSTONE_COLLECTION = 0;

    /** A row dated to year 1 is there for a foreign key, before anything is in the collection. */
    private static final long END_OF_PRETOUCH = Timestamps.micros(Instant.parse("0002-01-01T00:00:00Z"));

    private CollectionView() {}

    /** Records that were read before the row of their collection wait for it: only it tells when that was modified. */
    static boolean isShown(CollectionId id, Amounts amounts) {
        return id.collectionId() != TOMBSTONE_COLLECTION
                && amounts.get(Measure.ROWS) > 0
                && (amounts.get(Measure.RECORDS) > 0 || amounts.get(Measure.MODIFIED) >= END_OF_PRETOUCH);
    }

    /** What a collection adds to its user's storage: rows in doubt also while it is not shown. */
    static Amounts toUser(CollectionId id, Amounts amounts) {
        if (id.collectionId() == TOMBSTONE_COLLECTION) {
            return Amounts.NONE;
        }
        Amounts poisoned = Amounts.NONE.with(Measure.POISONED_ROWS, amounts.get(Measure.POISONED_ROWS));
        return isShown(id, amounts)
                ? poisoned.with(Measure.COLLECTIONS, 1)
                        .with(Measure.RECORDS, amounts.get(Measure.RECORDS))
                        .with(Measure.PAYLOAD_LENGTH, amounts.get(Measure.PAYLOAD_LENGTH))
                : poisoned;
    }
}
