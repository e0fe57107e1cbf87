package io.waltally.pipeline.table;

import io.waltally.pipeline.row.RowStateMapping;
import io.waltally.schemas.Change;
import io.waltally.schemas.cdc.ObjectLocation;
import io.waltally.schemas.cdc.ObjectLocationKey;
import org.jspecify.annotations.Nullable;

/** Maps rows of object_locations to the copies of their object, since most results need all copies. */
final class ObjectMapping implements RowStateMapping<ObjectLocationKey, ObjectLocation, String, Copies> {
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
