package io.waltally.pipeline.notification;

import io.waltally.pipeline.fold.Amounts;
import io.waltally.pipeline.quota.BackendQuotas;
import io.waltally.pipeline.storage.StorageChange;
import io.waltally.pipeline.storage.Subject;
import java.time.Duration;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Warns when a transaction takes a backend's utilization over the threshold, and not again for a while. A crossing that a
 * snapshot shows is no news.
 */
final class WarnOfCapacity implements Processor<Subject, StorageChange, String, Notification> {
    private final double threshold;
    private final Duration pause;

    private ProcessorContext<String, Notification> context;
    private Damping damping;

    WarnOfCapacity(double threshold, Duration pause) {
        this.threshold = threshold;
        this.pause = pause;
    }

    @Override
    public void init(ProcessorContext<String, Notification> context) {
        this.context = context;
        this.damping = new Damping(context.getStateStore(ThresholdTopology.CAPACITY_WARNINGS_STORE), pause);
    }

    @Override
    public void process(Record<Subject, StorageChange> record) {
        StorageChange change = record.value();
        if (!change.commit().isSnapshot() && !exceeded(change.before()) && exceeded(change.after())) {
            String backend = record.key().name();
            BackendQuotas.of(change.after(), change.commit())
                    .ifPresent(quota -> damping.pass(backend, change.commit().committedAt())
                            .ifPresent(window -> context.forward(record.withKey(backend)
                                    .withValue(
                                            Notification.capacityWarning(backend, window, quota, change.commit())))));
        }
    }

    private boolean exceeded(Amounts amounts) {
        return BackendQuotas.utilization(amounts) >= threshold;
    }
}
