package io.waltally.pipeline.quota;

import io.waltally.pipeline.progress.StageOutput;
import io.waltally.pipeline.row.Position;
import io.waltally.pipeline.table.ObjectStoreRows;
import io.waltally.pipeline.table.UsagePeriod;
import io.waltally.pipeline.tally.Amounts;
import io.waltally.pipeline.tally.Measure;
import io.waltally.pipeline.tally.Tally;
import io.waltally.pipeline.tally.TallyDelta;
import io.waltally.pipeline.tally.ToTallyDeltas;
import io.waltally.pipeline.tally.TransactionAggregator;
import io.waltally.schemas.agg.BackendPeriodKey;
import io.waltally.schemas.agg.BackendUsage;
import io.waltally.schemas.topic.Topic;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * Rows of backend_usage -> {@code agg.backend-usage}: the counters of each backend and month, and the configured
 * limits.
 */
public final class BackendUsageTopology {
    static final TransactionAggregator.Definition<UsagePeriod> USAGE =
            new TransactionAggregator.Definition<>("open-usage", "usage", UsagePeriod.SERDE);

    private final Topic<BackendPeriodKey, BackendUsage> usage;
    private final Map<String, UsageLimits> limits;

    /** @param limits by backend; a backend without limits is unlimited */
    public BackendUsageTopology(Topic<BackendPeriodKey, BackendUsage> usage, Map<String, UsageLimits> limits) {
        this.usage = usage;
        this.limits = limits;
    }

    /**
     * @param complete the position up to which each partition of the source was read
     * @return the published usage
     */
    public KStream<BackendPeriodKey, BackendUsage> addTo(
            StreamsBuilder builder, ObjectStoreRows rows, KStream<String, Position> complete, StageOutput output) {
        USAGE.addInMemory(builder);
        KStream<BackendPeriodKey, BackendUsage> tallies = rows.usage()
                .process(() -> new ToTallyDeltas<>("usage", BackendUsageTopology::addRow), Named.as("add-usage"))
                .process(
                        () -> new AggregateUsage(limits),
                        Named.as("aggregate-usage"),
                        USAGE.openStore(),
                        USAGE.talliesStore());
        output.write(tallies, usage, "backend-usage");
        // Usage is published as soon as it is read, so it is complete wherever reading is.
        output.emit(complete);
        return tallies;
    }

    private static void addRow(UsagePeriod period, Amounts row, BiConsumer<UsagePeriod, Amounts> add) {
        add.accept(period, row);
    }

    private static final class AggregateUsage
            implements Processor<UsagePeriod, TallyDelta, BackendPeriodKey, BackendUsage> {
        private final Map<String, UsageLimits> limits;

        private ProcessorContext<BackendPeriodKey, BackendUsage> context;
        private TransactionAggregator<UsagePeriod> aggregator;

        AggregateUsage(Map<String, UsageLimits> limits) {
            this.limits = limits;
        }

        @Override
        public void init(ProcessorContext<BackendPeriodKey, BackendUsage> context) {
            this.context = context;
            this.aggregator = USAGE.in(context);
        }

        @Override
        public void process(Record<UsagePeriod, TallyDelta> record) {
            if (record.value() instanceof TallyDelta.Delta delta) {
                aggregator.add(delta.origin(), record.key(), delta.amounts());
            } else if (record.value() instanceof TallyDelta.End end) {
                aggregator.endTransaction(
                        end.origin(),
                        end.commit(),
                        (period, before, after) ->
                                context.forward(record.withKey(new BackendPeriodKey(period.backend(), period.period()))
                                        .withValue(usage(period, after))));
            }
        }

        private @Nullable BackendUsage usage(UsagePeriod period, Tally tally) {
            if (tally.get(Measure.ROWS) == 0) {
                return null;
            }
            UsageLimits limit = limits.getOrDefault(period.backend(), UsageLimits.UNLIMITED);
            long requests = tally.get(Measure.API_REQUESTS);
            long egress = tally.get(Measure.EGRESS_BYTES);
            long ingress = tally.get(Measure.INGRESS_BYTES);
            return new BackendUsage(
                    requests,
                    egress,
                    ingress,
                    limit.apiRequests(),
                    limit.egressBytes(),
                    limit.ingressBytes(),
                    utilization(requests, limit.apiRequests()),
                    utilization(egress, limit.egressBytes()),
                    utilization(ingress, limit.ingressBytes()),
                    tally.commit().toLastChange(),
                    tally.amounts().isDegraded());
        }

        private static double utilization(long used, long limit) {
            return limit == 0 ? 0 : (double) used / limit;
        }
    }
}
