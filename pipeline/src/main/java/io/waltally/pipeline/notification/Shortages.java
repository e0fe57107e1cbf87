package io.waltally.pipeline.notification;

import io.waltally.pipeline.fold.Commit;
import io.waltally.pipeline.replica.Replication;
import io.waltally.pipeline.state.Batches;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The objects of one partition that have fewer copies than they should, and which of them are yet to be told. One is told
 * if between the transaction that began it and the one that ends it lies the grace period, by the times of their commits:
 * how far anything has been read does not matter.
 */
final class Shortages {
    private static final byte[] PRESENT = {};

    private final Replication replication;
    private final long grace;
    private final KeyValueStore<String, Shortage> shortages;
    private final KeyValueStore<Shortage.Beginning, byte[]> untold;

    private Shortages(
            Replication replication,
            KeyValueStore<String, Shortage> shortages,
            KeyValueStore<Shortage.Beginning, byte[]> untold) {
        this.replication = replication;
        this.grace = TimeUnit.MILLISECONDS.toMicros(replication.grace().toMillis());
        this.shortages = shortages;
        this.untold = untold;
    }

    /** Those in a processor that names both stores. */
    static Shortages in(ProcessingContext context, Replication replication) {
        return new Shortages(
                replication,
                context.getStateStore(NotificationTopology.SHORTAGES_STORE),
                context.getStateStore(NotificationTopology.UNTOLD_SHORTAGES_STORE));
    }

    /**
     * A transaction left the object with so many copies.
     *
     * @return empty unless that ends a shortage that is to be told
     */
    Optional<Notification> judge(String objectKey, int copies, Commit commit) {
        Shortage known = shortages.get(objectKey);
        boolean isShort = copies > 0 && copies < replication.factor();
        if (isShort && known == null) {
            shortages.put(objectKey, new Shortage(commit, copies, false));
            untold.put(new Shortage.Beginning(commit.committedAt(), objectKey), PRESENT);
        } else if (!isShort && known != null) {
            forget(objectKey);
            return !known.notified() && commit.committedAt() - known.commit().committedAt() >= grace
                    ? Optional.of(notification(objectKey, known))
                    : Optional.empty();
        }
        return Optional.empty();
    }

    /** Nothing is known of the object any more, or not by a transaction. */
    void forget(String objectKey) {
        Shortage known = shortages.get(objectKey);
        if (known != null) {
            shortages.delete(objectKey);
            untold.delete(new Shortage.Beginning(known.commit().committedAt(), objectKey));
        }
    }

    /** Tells those that have lasted for the grace period, now that everything is read that committed by that time. */
    void tell(long time, Consumer<Notification> notify) {
        Batches.drain(() -> untold.range(null, Shortage.Beginning.after(time - grace)), (beginning, present) -> {
            untold.delete(beginning);
            String objectKey = beginning.objectKey();
            Shortage shortage = shortages.get(objectKey);
            if (shortage != null && shortage.copies() < replication.factor()) {
                shortages.put(objectKey, shortage.told());
                notify.accept(notification(objectKey, shortage));
            }
        });
    }

    private Notification notification(String objectKey, Shortage shortage) {
        return Notification.underReplicated(objectKey, shortage.copies(), replication.factor(), shortage.commit());
    }
}
