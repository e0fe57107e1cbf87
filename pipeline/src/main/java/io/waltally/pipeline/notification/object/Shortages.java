package io.waltally.pipeline.notification.object;

import io.waltally.pipeline.notification.ObjectClassification;
import io.waltally.pipeline.replica.Replication;
import io.waltally.pipeline.row.Commit;
import io.waltally.pipeline.row.Position;
import io.waltally.pipeline.state.Batches;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The objects of one partition with too few copies, and those of them that await notification. A shortage is notified
 * if it lasts for the grace period, measured between the commit times of the transactions that begin and end it. The
 * result therefore does not depend on how fast partitions are read. The notification takes its turn among the object's
 * other events.
 */
final class Shortages {
    private static final byte[] PRESENT = {};

    private final Replication replication;
    private final long grace;
    private final KeyValueStore<String, Shortage> shortages;
    private final KeyValueStore<Shortage.Beginning, byte[]> pending;
    private final KeyValueStore<PendingNotifications.Key, PendingNotifications> notifications;

    private Shortages(
            Replication replication,
            KeyValueStore<String, Shortage> shortages,
            KeyValueStore<Shortage.Beginning, byte[]> pending,
            KeyValueStore<PendingNotifications.Key, PendingNotifications> notifications) {
        this.replication = replication;
        this.grace = TimeUnit.MILLISECONDS.toMicros(replication.grace().toMillis());
        this.shortages = shortages;
        this.pending = pending;
        this.notifications = notifications;
    }

    /** The shortages of the stores that the processor is connected to. */
    static Shortages in(ProcessingContext context, Replication replication) {
        return new Shortages(
                replication,
                context.getStateStore(ObjectNotificationTopology.SHORTAGES_STORE),
                context.getStateStore(ObjectNotificationTopology.PENDING_SHORTAGES_STORE),
                context.getStateStore(ObjectNotificationTopology.PENDING_STORE));
    }

    /** Records the number of copies that a transaction left of an object. */
    void classify(String objectKey, int copies, Position position, Commit commit) {
        Shortage known = shortages.get(objectKey);
        boolean isShort = copies > 0 && copies < replication.factor();
        if (isShort && known == null) {
            shortages.put(objectKey, new Shortage(commit, copies, false));
            pending.put(new Shortage.Beginning(commit.committedAt(), objectKey), PRESENT);
        } else if (!isShort && known != null) {
            forget(objectKey);
            if (!known.notified() && commit.committedAt() - known.commit().committedAt() >= grace) {
                hold(objectKey, known, position);
            }
        }
    }

    /** Forgets the object, whose copies are uncertain or were changed by no transaction. */
    void forget(String objectKey) {
        Shortage known = shortages.get(objectKey);
        if (known != null) {
            shortages.delete(objectKey);
            pending.delete(new Shortage.Beginning(known.commit().committedAt(), objectKey));
        }
    }

    /**
     * Emits the shortages that have lasted for the grace period.
     *
     * @param time every transaction that committed by then was read
     * @param position behind everything that was read
     */
    void emit(long time, Position position) {
        Batches.drain(pending, null, Shortage.Beginning.after(time - grace), (beginning, present) -> {
            String objectKey = beginning.objectKey();
            Shortage shortage = shortages.get(objectKey);
            if (shortage != null && shortage.copies() < replication.factor()) {
                shortages.put(objectKey, shortage.markNotified());
                hold(objectKey, shortage, position);
            }
        });
    }

    private void hold(String objectKey, Shortage shortage, Position position) {
        notifications.put(
                PendingNotifications.Key.ofShortage(position, objectKey),
                new PendingNotifications(
                        shortage.commit(),
                        List.of(new PendingNotifications.OfObject(
                                objectKey, ObjectClassification.underReplicated(shortage.copies())))));
    }
}
