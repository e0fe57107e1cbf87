package io.waltally.pipeline.notification;

import io.waltally.pipeline.collection.Occupancy;
import java.time.Duration;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Tells when a transaction takes a user's storage to the quota, and not again for a while. */
final class WarnOfQuota implements Processor<Long, Occupancy, String, Notification> {
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
    public void process(Record<Long, Occupancy> record) {
        Occupancy occupancy = record.value();
        if (quota > 0 && occupancy.before() < quota && occupancy.after() >= quota) {
            damping.pass(record.key().toString(), occupancy.commit().committedAt())
                    .ifPresent(window -> {
                        Notification warning = Notification.quotaReached(
                                record.key(), window, occupancy.after(), quota, occupancy.commit());
                        context.forward(record.withKey(warning.subject()).withValue(warning));
                    });
        }
    }
}
