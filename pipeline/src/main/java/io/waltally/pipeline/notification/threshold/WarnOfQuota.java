package io.waltally.pipeline.notification.threshold;

import io.waltally.pipeline.collection.UserStorageChange;
import io.waltally.pipeline.notification.Notification;
import java.time.Duration;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Emits a notification when a transaction takes the storage of a user to the quota. */
final class WarnOfQuota implements Processor<Long, UserStorageChange, String, Notification> {
    private final long quota;
    private final Duration pause;

    private ProcessorContext<String, Notification> context;
    private Damping damping;

    /** @param quota 0 is unlimited */
    WarnOfQuota(long quota, Duration pause) {
        this.quota = quota;
        this.pause = pause;
    }

    @Override
    public void init(ProcessorContext<String, Notification> context) {
        this.context = context;
        this.damping = new Damping(context.getStateStore(ThresholdTopology.QUOTA_WARNINGS_STORE), pause);
    }

    @Override
    public void process(Record<Long, UserStorageChange> record) {
        UserStorageChange storageChange = record.value();
        if (quota > 0 && storageChange.before() < quota && storageChange.after() >= quota) {
            damping.pass(record.key().toString(), storageChange.commit().committedAt())
                    .ifPresent(window -> {
                        Notification warning = Notification.quotaReached(
                                record.key(), window, storageChange.after(), quota, storageChange.commit());
                        context.forward(record.withKey(warning.subject()).withValue(warning));
                    });
        }
    }
}
