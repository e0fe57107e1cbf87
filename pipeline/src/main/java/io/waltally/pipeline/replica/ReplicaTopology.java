package io.waltally.pipeline.replica;

import io.waltally.pipeline.fold.Movement;
import io.waltally.pipeline.rows.ObjectStoreRows;
import io.waltally.pipeline.state.StateStores;
import io.waltally.pipeline.storage.Subject;
import java.time.Duration;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;

/**
 * Copies of objects -> how many objects of each bucket are under- and over-replicated. Only objects that deviate have
 * state; what leaves are movements of buckets, to be settled beside those of their storage.
 */
public final class ReplicaTopology {
    static final String DEVIATING_STORE = "deviating-objects";
    static final String UNCOUNTED_STORE = "uncounted-deviations";
    static final String TOUCHED_STORE = "touched-replicas";
    static final String WATCH_STORE = "replica-watch";

    private final Replication replication;
    private final Duration interval;

    /** @param interval at which objects are counted whose grace period is over */
    public ReplicaTopology(Replication replication, Duration interval) {
        this.replication = replication;
        this.interval = interval;
    }

    public KStream<Subject, Movement> addTo(StreamsBuilder builder, ObjectStoreRows rows) {
        builder.addStateStore(StateStores.onDisk(DEVIATING_STORE, Serdes.String(), Deviation.SERDE));
        builder.addStateStore(StateStores.onDisk(UNCOUNTED_STORE, Deviations.Beginning.SERDE, Serdes.ByteArray()));
        builder.addStateStore(StateStores.onDisk(TOUCHED_STORE, Serdes.String(), ReplicationStatus.SERDE));
        builder.addStateStore(StateStores.inMemory(WATCH_STORE, Serdes.String(), Watch.SERDE));
        return rows.objects()
                .process(
                        () -> new WatchReplicas(replication, interval),
                        Named.as("watch-replicas"),
                        ObjectStoreRows.OBJECTS_STORE,
                        DEVIATING_STORE,
                        UNCOUNTED_STORE,
                        TOUCHED_STORE,
                        WATCH_STORE);
    }
}
