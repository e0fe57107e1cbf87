package io.waltally.pipeline.collection;

import io.waltally.pipeline.row.Timestamps;
import io.waltally.pipeline.table.CollectionId;
import io.waltally.pipeline.tally.Amounts;
import io.waltally.pipeline.tally.Measure;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The published values of a collection, and its contribution to the user's storage. */
public final class CollectionView {
    /** Collection 0 is not a collection: its row holds the time of the user's last deletion. */
    private static final int TOMBSTONE_COLLECTION = 0;

    /** syncstorage inserts a row dated to year 1 for the foreign key, before the collection has any records. */
    private static final long END_OF_PRETOUCH = Timestamps.micros(Instant.parse("0002-01-01T00:00:00Z"));

    private CollectionView() {}

    /**
     * The modification time from the row of user_collections; empty if there is no row, or if the row was only inserted
     * for the foreign key.
     */
    public static Optional<Instant> lastModified(CollectionId id, @Nullable Amounts row) {
        return row == null || id.collectionId() == TOMBSTONE_COLLECTION || row.get(Measure.MODIFIED) < END_OF_PRETOUCH
                ? Optional.empty()
                : Optional.of(Instant.EPOCH.plus(row.get(Measure.MODIFIED), ChronoUnit.MICROS));
    }

    /**
     * Whether the collection is published. Records that were read before the row of user_collections wait for it,
     * because only that row holds the modification time.
     */
    static boolean isShown(CollectionId id, Amounts amounts) {
        return id.collectionId() != TOMBSTONE_COLLECTION
                && amounts.get(Measure.ROWS) > 0
                && (amounts.get(Measure.RECORDS) > 0 || amounts.get(Measure.MODIFIED) >= END_OF_PRETOUCH);
    }

    /**
     * The contribution to the user's storage: payload length and uncertain rows, also of collections that are not
     * published.
     */
    static Amounts toUser(CollectionId id, Amounts amounts) {
        if (id.collectionId() == TOMBSTONE_COLLECTION) {
            return Amounts.NONE;
        }
        Amounts hidden = Amounts.NONE
                .with(Measure.UNCERTAIN_ROWS, amounts.get(Measure.UNCERTAIN_ROWS))
                .with(Measure.OCCUPIED_LENGTH, amounts.get(Measure.PAYLOAD_LENGTH));
        return isShown(id, amounts)
                ? hidden.with(Measure.COLLECTIONS, 1)
                        .with(Measure.RECORDS, amounts.get(Measure.RECORDS))
                        .with(Measure.PAYLOAD_LENGTH, amounts.get(Measure.PAYLOAD_LENGTH))
                : hidden;
    }
}
