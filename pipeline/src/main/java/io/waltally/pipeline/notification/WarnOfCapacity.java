package io.waltally.pipeline.notification;

import io.waltally.pipeline.fold.Amounts;
import io.waltally.pipeline.quota.BackendQuotas;
import io.waltally.pipeline.storage.StorageChange;
import io.waltally.pipeline.storage.Subject;
import io.waltally.schemas.agg.BackendQuota;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Warns when a backend's utilization crosses the threshold upwards, and not again for a while. Times are those of
 * commits, so that a replay finds the same. A crossing that a snapshot shows is no news.
 */
final class WarnOfCapacity implements Processor<Subject, StorageChange, String, Notification> {
    private final double threshold;
    private final Duration damping;

    private ProcessorContext<String, Notification> context;
    private KeyValueStore<String, Long> lastWarnings;

    WarnOfCapacity(double threshold, Duration damping) {
        this.threshold = threshold;
        this.damping = damping;
    }

    @Override
    public void init(ProcessorContext<String, Notification> context) {
        this.context = context;
        this.lastWarnings = context.getStateStore(NotificationTopology.CAPACITY_WARNINGS_STORE);
    }

    @Override
    public void process(Record<Subject, StorageChange> record) {
        StorageChange change = record.value();
        if (record.key().kind() == Subject.Kind.BACKEND
                && !change.commit().isSnapshot()
                && !exceeded(change.before())
                && exceeded(change.after())) {
            BackendQuotas.of(change.after(), change.commit())
                    .ifPresent(quota -> warn(record, record.key().name(), quota));
        }
    }

    private boolean exceeded(Amounts amounts) {
        return BackendQuotas.utilization(amounts) >= threshold;
    }

    private void warn(Record<Subject, StorageChange> record, String backend, BackendQuota quota) {
        long time = record.value().commit().committedAt();
        long pause = TimeUnit.NANOSECONDS.toMicros(damping.toNanos());
        Long last = lastWarnings.get(backend);
        if (last == null || time - last >= pause) {
            lastWarnings.put(backend, time);
            Notification warning = Notification.capacityWarning(
                    backend,
                    Math.floorDiv(time, pause),
                    (long) (quota.getUtilization() * 100),
                    quota.getBytesAvailable(),
                    quota.getBytesLimit(),
                    record.value().commit());
            context.forward(record.withKey(backend).withValue(warning));
        }
    }
}
