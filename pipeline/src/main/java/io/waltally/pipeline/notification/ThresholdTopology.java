package io.waltally.pipeline.notification;

import io.waltally.pipeline.collection.Occupancy;
import io.waltally.pipeline.state.StateStores;
import io.waltally.pipeline.storage.StorageChange;
import io.waltally.pipeline.storage.Subject;
import io.waltally.schemas.TopicCatalogue;
import io.waltally.schemas.agg.BackendPeriodKey;
import io.waltally.schemas.agg.BackendUsage;
import java.time.Duration;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;

/**
 * What transactions make of tallies -> backend.capacity.warning, backend.usage.warning and user.quota.reached, where a
 * tally reaches its threshold.
 */
public final class ThresholdTopology {
    static final String CAPACITY_WARNINGS_STORE = "capacity-warnings";
    static final String REACHED_USAGE_STORE = "reached-usage-limits";
    static final String QUOTA_WARNINGS_STORE = "quota-warnings";

    private final Outbox outbox;
    private final Duration damping;

    /** @param damping for how long a backend or user that was warned of is not warned of again */
    public ThresholdTopology(TopicCatalogue topics, Duration damping) {
        this.outbox = new Outbox(topics.notifications());
        this.damping = damping;
    }

    /**
     * @param transactions what each transaction changed of a backend, in commit order
     * @param threshold utilization from which on a backend is warned of
     */
    public void warnOfCapacity(StreamsBuilder builder, KStream<Subject, StorageChange> transactions, double threshold) {
        builder.addStateStore(StateStores.inMemory(CAPACITY_WARNINGS_STORE, Serdes.String(), Serdes.Long()));
        outbox.write(
                transactions.process(
                        () -> new WarnOfCapacity(threshold, damping),
                        Named.as("warn-of-capacity"),
                        CAPACITY_WARNINGS_STORE),
                "capacity-warnings");
    }

    /** @param usage as it is published, at the end of each transaction that moved it */
    public void warnOfUsage(StreamsBuilder builder, KStream<BackendPeriodKey, BackendUsage> usage) {
        builder.addStateStore(StateStores.inMemory(REACHED_USAGE_STORE, Serdes.String(), Serdes.ByteArray()));
        outbox.write(usage.process(WarnOfUsage::new, Named.as("warn-of-usage"), REACHED_USAGE_STORE), "usage-warnings");
    }

    /** @param quota of each user in bytes; 0 is unlimited */
    public void warnOfQuotas(StreamsBuilder builder, KStream<Long, Occupancy> users, long quota) {
        builder.addStateStore(StateStores.onDisk(QUOTA_WARNINGS_STORE, Serdes.String(), Serdes.Long()));
        outbox.write(
                users.process(() -> new WarnOfQuota(quota, damping), Named.as("warn-of-quotas"), QUOTA_WARNINGS_STORE),
                "quota-warnings");
    }
}
