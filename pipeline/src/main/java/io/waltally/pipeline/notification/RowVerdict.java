package io.waltally.pipeline.notification;

import io.waltally.pipeline.fold.Commit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What it means that a transaction left a row otherwise than it was. */
@FunctionalInterface
interface RowVerdict<I, S> {
    /**
     * @param before null if the row was not there
     * @param after null if it is not there any more
     * @return empty if nothing that anyone is notified of
     */
    Optional<Notification> of(I identity, @Nullable S before, @Nullable S after, Commit commit);
}
