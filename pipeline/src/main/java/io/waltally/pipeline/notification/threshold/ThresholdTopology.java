package io.waltally.pipeline.notification.threshold;

import io.waltally.pipeline.collection.UserStorageChange;
import io.waltally.pipeline.notification.Outbox;
import io.waltally.pipeline.state.StateStores;
import io.waltally.pipeline.storage.StorageChange;
import io.waltally.pipeline.storage.TallySubject;
import io.waltally.schemas.agg.BackendPeriodKey;
import io.waltally.schemas.agg.BackendUsage;
import io.waltally.schemas.topic.TopicCatalogue;
import java.time.Duration;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;

/**
 * Tallies before and after each transaction -> backend.capacity.warning, backend.usage.warning and user.quota.reached.
 */
public final class ThresholdTopology {
    static final String CAPACITY_WARNINGS_STORE = "capacity-warnings";
    static final String REACHED_USAGE_STORE = "reached-usage-limits";
    static final String QUOTA_WARNINGS_STORE = "quota-warnings";

    private final Outbox outbox;
    private final Duration damping;

    /** @param damping time after a warning during which no other one about the same subject is emitted */
    public ThresholdTopology(TopicCatalogue topics, Duration damping) {
        this.outbox = new Outbox(topics.notifications());
        this.damping = damping;
    }

    /**
     * @param transactions the change of each backend by each transaction, in commit order
     * @param threshold utilization that triggers a warning
     */
    public void warnOfCapacity(
            StreamsBuilder builder, KStream<TallySubject, StorageChange> transactions, double threshold) {
        builder.addStateStore(StateStores.inMemory(CAPACITY_WARNINGS_STORE, Serdes.String(), Serdes.Long()));
        outbox.write(
                transactions.process(
                        () -> new WarnOfCapacity(threshold, damping),
                        Named.as("warn-of-capacity"),
                        CAPACITY_WARNINGS_STORE),
                "capacity-warnings");
    }

    /** @param usage as published at the end of each transaction */
    public void warnOfUsage(StreamsBuilder builder, KStream<BackendPeriodKey, BackendUsage> usage) {
        builder.addStateStore(StateStores.inMemory(REACHED_USAGE_STORE, Serdes.String(), Serdes.ByteArray()));
        outbox.write(usage.process(WarnOfUsage::new, Named.as("warn-of-usage"), REACHED_USAGE_STORE), "usage-warnings");
    }

    /** @param quota of each user in bytes; 0 is unlimited */
    public void warnOfQuotas(StreamsBuilder builder, KStream<Long, UserStorageChange> users, long quota) {
        builder.addStateStore(StateStores.onDisk(QUOTA_WARNINGS_STORE, Serdes.String(), Serdes.Long()));
        outbox.write(
                users.process(() -> new WarnOfQuota(quota, damping), Named.as("warn-of-quotas"), QUOTA_WARNINGS_STORE),
                "quota-warnings");
    }
}
