package io.waltally.pipeline.replica;

import io.waltally.pipeline.state.StateStores;
import io.waltally.pipeline.storage.TallySubject;
import io.waltally.pipeline.table.ObjectStoreRows;
import io.waltally.pipeline.tally.TallyDelta;
import java.time.Duration;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;

/**
 * Copies of objects -> the number of under- and over-replicated objects of each bucket. Only deviating objects have
 * state. The deltas are aggregated together with those of the bucket's storage.
 */
public final class ReplicaTopology {
    static final String DEVIATING_STORE = "deviating-objects";
    static final String UNCOUNTED_STORE = "uncounted-deviations";
    static final String CHANGED_STORE = "changed-replicas";
    static final String TRACKING_STORE = "replication-tracking";

    private final Replication replication;
    private final Duration interval;

    /** @param interval how often objects are counted whose grace period is over */
    public ReplicaTopology(Replication replication, Duration interval) {
        this.replication = replication;
        this.interval = interval;
    }

    public KStream<TallySubject, TallyDelta> addTo(StreamsBuilder builder, ObjectStoreRows rows) {
        builder.addStateStore(StateStores.onDisk(DEVIATING_STORE, Serdes.String(), Deviation.SERDE));
        builder.addStateStore(StateStores.onDisk(UNCOUNTED_STORE, Deviations.Beginning.SERDE, Serdes.ByteArray()));
        builder.addStateStore(StateStores.onDisk(CHANGED_STORE, Serdes.String(), ReplicationStatus.SERDE));
        builder.addStateStore(StateStores.inMemory(TRACKING_STORE, Serdes.String(), ReplicationTracking.SERDE));
        return rows.objects()
                .process(
                        () -> new TrackReplication(replication, interval),
                        Named.as("track-replication"),
                        ObjectStoreRows.OBJECTS_STORE,
                        DEVIATING_STORE,
                        UNCOUNTED_STORE,
                        CHANGED_STORE,
                        TRACKING_STORE);
    }
}
