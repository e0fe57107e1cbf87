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

    private DampedWarnings warnings;

    /** @param quota 0 is unlimited */
    WarnOfQuota(long quota, Duration pause) {
        this.quota = quota;
        this.pause = pause;
    }

    @Override
    public void init(ProcessorContext<String, Notification> context) {
        this.warnings = new DampedWarnings(context, ThresholdTopology.QUOTA_WARNINGS_STORE, pause);
    }

    @Override
    public void process(Record<Long, UserStorageChange> record) {
        UserStorageChange change = record.value();
        if (quota > 0 && change.before() < quota && change.after() >= quota) {
            long user = record.key();
            warnings.forward(
                    record,
                    Long.toString(user),
                    change.commit(),
                    window -> Notification.quotaReached(user, window, change.after(), quota, change.commit()));
        }
    }
}
