package io.waltally.pipeline.bucket;

import io.waltally.pipeline.progress.StageOutput;
import io.waltally.pipeline.row.Commit;
import io.waltally.pipeline.storage.StorageChange;
import io.waltally.pipeline.storage.TallySubject;
import io.waltally.pipeline.tally.Amounts;
import io.waltally.pipeline.tally.Measure;
import io.waltally.schemas.agg.BucketKey;
import io.waltally.schemas.agg.BucketUsage;
import io.waltally.schemas.topic.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;

/** Storage of buckets -> {@code agg.bucket-usage}. A tombstone follows when the last object of a bucket is removed. */
public final class BucketUsageTopology {
    private final Topic<BucketKey, BucketUsage> usage;

    public BucketUsageTopology(Topic<BucketKey, BucketUsage> usage) {
        this.usage = usage;
    }

    public void addTo(KStream<TallySubject, StorageChange> storage, StageOutput output) {
        output.write(
                storage.flatMap(BucketUsageTopology::toUsage, Named.as("derive-bucket-usage")), usage, "bucket-usage");
    }

    private static List<KeyValue<BucketKey, BucketUsage>> toUsage(TallySubject subject, StorageChange change) {
        List<KeyValue<BucketKey, BucketUsage>> records = new ArrayList<>();
        if (subject.kind() == TallySubject.Kind.BUCKET) {
            Optional<BucketUsage> before = usage(change.before(), change.commit());
            Optional<BucketUsage> after = usage(change.after(), change.commit());
            if (!before.equals(after)) {
                records.add(KeyValue.pair(new BucketKey(subject.name()), after.orElse(null)));
            }
        }
        return records;
    }

    private static Optional<BucketUsage> usage(Amounts amounts, Commit commit) {
        if (amounts.get(Measure.COPIES) == 0) {
            return Optional.empty();
        }
        return Optional.of(new BucketUsage(
                amounts.get(Measure.LOGICAL_BYTES),
                amounts.get(Measure.STORED_BYTES),
                amounts.get(Measure.OBJECTS),
                amounts.get(Measure.COPIES),
                commit.toLastChange(),
                amounts.get(Measure.UNDER_REPLICATED),
                amounts.get(Measure.OVER_REPLICATED),
                amounts.isDegraded()));
    }
}
