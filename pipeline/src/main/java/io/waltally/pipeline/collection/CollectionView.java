package io.waltally.pipeline.collection;

import io.waltally.pipeline.fold.Amounts;
import io.waltally.pipeline.fold.Measure;
import io.waltally.pipeline.fold.Timestamps;
import io.waltally.pipeline.rows.CollectionId;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is shown of a collection, and what it adds to its user's storage. */
public final class CollectionView {
    /** Collection 0 is not one: its row says when the user deleted something. */
    private static final int TOMBSTONE_COLLECTION = 0;

    /** A row dated to year 1 is there for a foreign key, before anything is in the collection. */
    private static final long END_OF_PRETOUCH = Timestamps.micros(Instant.parse("0002-01-01T00:00:00Z"));

    private CollectionView() {}

    /** As the row of a collection has it; empty before anything is in it, and if there is no row. */
    public static Optional<Instant> lastModified(CollectionId id, @Nullable Amounts row) {
        return row == null || id.collectionId() == TOMBSTONE_COLLECTION || row.get(Measure.MODIFIED) < END_OF_PRETOUCH
                ? Optional.empty()
                : Optional.of(Instant.EPOCH.plus(row.get(Measure.MODIFIED), ChronoUnit.MICROS));
    }

    /** Records that were read before the row of their collection wait for it: only it tells when that was modified. */
    static boolean isShown(CollectionId id, Amounts amounts) {
        return id.collectionId() != TOMBSTONE_COLLECTION
                && amounts.get(Measure.ROWS) > 0
                && (amounts.get(Measure.RECORDS) > 0 || amounts.get(Measure.MODIFIED) >= END_OF_PRETOUCH);
    }

    /** What a collection adds to its user's storage: rows in doubt, and what it occupies, also while it is not shown. */
    static Amounts toUser(CollectionId id, Amounts amounts) {
        if (id.collectionId() == TOMBSTONE_COLLECTION) {
            return Amounts.NONE;
        }
        Amounts hidden = Amounts.NONE
                .with(Measure.POISONED_ROWS, amounts.get(Measure.POISONED_ROWS))
                .with(Measure.OCCUPIED_LENGTH, amounts.get(Measure.PAYLOAD_LENGTH));
        return isShown(id, amounts)
                ? hidden.with(Measure.COLLECTIONS, 1)
                        .with(Measure.RECORDS, amounts.get(Measure.RECORDS))
                        .with(Measure.PAYLOAD_LENGTH, amounts.get(Measure.PAYLOAD_LENGTH))
                : hidden;
    }
}
