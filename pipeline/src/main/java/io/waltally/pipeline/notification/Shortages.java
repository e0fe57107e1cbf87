package io.waltally.pipeline.notification;

import io.waltally.pipeline.fold.Commit;
import io.waltally.pipeline.fold.Position;
import io.waltally.pipeline.replica.Replication;
import io.waltally.pipeline.state.Batches;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The objects of one partition that have fewer copies than they should, and which of them are yet to be told. One is told
 * if between the transaction that began it and the one that ends it lies the grace period, by the times of their commits:
 * how far anything has been read does not matter. It is held until its turn among the object's other events comes.
 */
final class Shortages {
    private static final byte[] PRESENT = {};

    private final Replication replication;
    private final long grace;
    private final KeyValueStore<String, Shortage> shortages;
    private final KeyValueStore<Shortage.Beginning, byte[]> untold;
    private final KeyValueStore<Judgement.Key, Judgement> held;

    private Shortages(
            Replication replication,
            KeyValueStore<String, Shortage> shortages,
            KeyValueStore<Shortage.Beginning, byte[]> untold,
            KeyValueStore<Judgement.Key, Judgement> held) {
        this.replication = replication;
        this.grace = TimeUnit.MILLISECONDS.toMicros(replication.grace().toMillis());
        this.shortages = shortages;
        this.untold = untold;
        this.held = held;
    }

    /** Those in a processor that names these stores. */
    static Shortages in(ProcessingContext context, Replication replication) {
        return new Shortages(
                replication,
                context.getStateStore(NotificationTopology.SHORTAGES_STORE),
                context.getStateStore(NotificationTopology.UNTOLD_SHORTAGES_STORE),
                context.getStateStore(NotificationTopology.HELD_STORE));
    }

    /** A transaction left the object with so many copies. */
    void judge(String objectKey, int copies, Position position, Commit commit) {
        Shortage known = shortages.get(objectKey);
        boolean isShort = copies > 0 && copies < replication.factor();
        if (isShort && known == null) {
            shortages.put(objectKey, new Shortage(commit, copies, false));
            untold.put(new Shortage.Beginning(commit.committedAt(), objectKey), PRESENT);
        } else if (!isShort && known != null) {
            forget(objectKey);
            if (!known.notified() && commit.committedAt() - known.commit().committedAt() >= grace) {
                hold(objectKey, known, position);
            }
        }
    }

    /** Nothing is known of the object any more, or not by a transaction. */
    void forget(String objectKey) {
        Shortage known = shortages.get(objectKey);
        if (known != null) {
            shortages.delete(objectKey);
            untold.delete(new Shortage.Beginning(known.commit().committedAt(), objectKey));
        }
    }

    /**
     * Tells those that have lasted for the grace period, now that everything is read that committed by that time.
     *
     * @param position behind everything that was read
     */
    void tell(long time, Position position) {
        Batches.drain(() -> untold.range(null, Shortage.Beginning.after(time - grace)), (beginning, present) -> {
            untold.delete(beginning);
            String objectKey = beginning.objectKey();
            Shortage shortage = shortages.get(objectKey);
            if (shortage != null && shortage.copies() < replication.factor()) {
                shortages.put(objectKey, shortage.told());
                hold(objectKey, shortage, position);
            }
        });
    }

    private void hold(String objectKey, Shortage shortage, Position position) {
        held.put(
                Judgement.Key.ofShortage(position, objectKey),
                new Judgement(
                        shortage.commit(),
                        List.of(new Judgement.OfObject(objectKey, Verdict.underReplicated(shortage.copies())))));
    }
}
