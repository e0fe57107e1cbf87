package io.waltally.pipeline.notification.threshold;

import io.waltally.pipeline.notification.Notification;
import io.waltally.pipeline.row.Commit;
import io.waltally.schemas.agg.BackendPeriodKey;
import io.waltally.schemas.agg.BackendUsage;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Emits a warning when a counter of a backend reaches its limit, once per period. If a snapshot finds the limit
 * reached, none is emitted in that period.
 */
final class WarnOfUsage implements Processor<BackendPeriodKey, BackendUsage, String, Notification> {
    private static final byte[] PRESENT = {};

    private ProcessorContext<String, Notification> context;
    private KeyValueStore<String, byte[]> reached;

    @Override
    public void init(ProcessorContext<String, Notification> context) {
        this.context = context;
        this.reached = context.getStateStore(ThresholdTopology.REACHED_USAGE_STORE);
    }

    @Override
    public void process(Record<BackendPeriodKey, BackendUsage> record) {
        BackendUsage usage = record.value();
        if (usage != null) {
            compare(record, "api_requests", usage.getApiRequests(), usage.getApiRequestsLimit());
            compare(record, "egress_bytes", usage.getEgressBytes(), usage.getEgressBytesLimit());
            compare(record, "ingress_bytes", usage.getIngressBytes(), usage.getIngressBytesLimit());
        }
    }

    private void compare(Record<BackendPeriodKey, BackendUsage> record, String kind, long used, long limit) {
        if (limit == 0 || used < limit) {
            return;
        }
        BackendPeriodKey of = record.key();
        boolean first = reached.putIfAbsent(of.getBackendName() + '\0' + of.getPeriod() + '\0' + kind, PRESENT) == null;
        Commit commit = Commit.of(record.value().getLastChange());
        if (first && !commit.isSnapshot()) {
            Notification warning =
                    Notification.usageWarning(of.getBackendName(), of.getPeriod(), kind, used, limit, commit);
            context.forward(record.withKey(warning.subject()).withValue(warning));
        }
    }
}
