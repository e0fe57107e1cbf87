package io.waltally.pipeline.notification.threshold;

import io.waltally.pipeline.notification.Notification;
import io.waltally.pipeline.quota.BackendQuotas;
import io.waltally.pipeline.storage.StorageChange;
import io.waltally.pipeline.storage.TallySubject;
import io.waltally.pipeline.tally.Amounts;
import java.time.Duration;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Emits a warning when a transaction takes the utilization of a backend over the threshold. Snapshots cause no warning.
 */
final class WarnOfCapacity implements Processor<TallySubject, StorageChange, String, Notification> {
    private final double threshold;
    private final Duration pause;

    private DampedWarnings warnings;

    WarnOfCapacity(double threshold, Duration pause) {
        this.threshold = threshold;
        this.pause = pause;
    }

    @Override
    public void init(ProcessorContext<String, Notification> context) {
        this.warnings = new DampedWarnings(context, ThresholdTopology.CAPACITY_WARNINGS_STORE, pause);
    }

    @Override
    public void process(Record<TallySubject, StorageChange> record) {
        StorageChange change = record.value();
        if (!change.commit().isSnapshot() && !exceeded(change.before()) && exceeded(change.after())) {
            String backend = record.key().name();
            BackendQuotas.of(change.after(), change.commit())
                    .ifPresent(quota -> warnings.forward(
                            record,
                            backend,
                            change.commit(),
                            window -> Notification.capacityWarning(backend, window, quota, change.commit())));
        }
    }

    private boolean exceeded(Amounts amounts) {
        return BackendQuotas.utilization(amounts) >= threshold;
    }
}
