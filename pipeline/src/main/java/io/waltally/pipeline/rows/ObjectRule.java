package io.waltally.pipeline.rows;

import io.waltally.pipeline.fold.RowRule;
import io.waltally.schemas.Change;
import io.waltally.schemas.cdc.ObjectLocation;
import io.waltally.schemas.cdc.ObjectLocationKey;
import org.jspecify.annotations.Nullable;

/** object_locations: the copies of an object under its key, since most of what is asked about it takes all of them. */
final class ObjectRule implements RowRule<ObjectLocationKey, ObjectLocation, String, Copies> {
    @Override
    public String identity(ObjectLocationKey key) {
        return key.getObjectKey();
    }

    @Override
    public Copies with(@Nullable Copies before, Change<ObjectLocation> change) {
        return Copies.with(before, Copy.of(change.after()));
    }

    @Override
    public @Nullable Copies without(Copies before, ObjectLocationKey key) {
        return before.without(key.getBackendName());
    }

    @Override
    public Copies standIn(ObjectLocationKey key, @Nullable Copies before) {
        return Copies.with(null, Copy.unknown(key.getBackendName()));
    }
}
