package io.waltally.pipeline.notification.row;

import io.waltally.pipeline.notification.Notification;
import io.waltally.pipeline.row.Commit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Decides which notification follows from a transaction's change of a row. */
@FunctionalInterface
interface NotificationRule<I, S> {
    /**
     * @param before null if the row did not exist
     * @param after null if the row does not exist any more
     * @return empty if no notification follows
     */
    Optional<Notification> of(I identity, @Nullable S before, @Nullable S after, Commit commit);
}
