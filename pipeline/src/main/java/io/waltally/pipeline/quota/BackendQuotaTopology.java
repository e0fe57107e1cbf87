package io.waltally.pipeline.quota;

import io.waltally.pipeline.progress.StageOutput;
import io.waltally.pipeline.storage.StorageChange;
import io.waltally.pipeline.storage.TallySubject;
import io.waltally.schemas.agg.BackendKey;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.topic.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;

/**
 * Storage of backends -> {@code agg.backend-quotas}. A tombstone follows when the row of backend_quotas is deleted.
 */
public final class BackendQuotaTopology {
    private final Topic<BackendKey, BackendQuota> quotas;

    public BackendQuotaTopology(Topic<BackendKey, BackendQuota> quotas) {
        this.quotas = quotas;
    }

    public void addTo(KStream<TallySubject, StorageChange> storage, StageOutput output) {
        output.write(
                storage.flatMap(BackendQuotaTopology::toQuota, Named.as("derive-backend-quotas")),
                quotas,
                "backend-quotas");
    }

    private static List<KeyValue<BackendKey, BackendQuota>> toQuota(TallySubject subject, StorageChange change) {
        List<KeyValue<BackendKey, BackendQuota>> records = new ArrayList<>();
        if (subject.kind() == TallySubject.Kind.BACKEND) {
            Optional<BackendQuota> before = BackendQuotas.of(change.before(), change.commit());
            Optional<BackendQuota> after = BackendQuotas.of(change.after(), change.commit());
            if (!before.equals(after)) {
                records.add(KeyValue.pair(new BackendKey(subject.name()), after.orElse(null)));
            }
        }
        return records;
    }
}
