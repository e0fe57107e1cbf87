package io.waltally.app.local.compare;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.agg.BackendKey;
import io.waltally.schemas.agg.BackendPeriodKey;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.BackendUsage;
import io.waltally.schemas.agg.BucketKey;
import io.waltally.schemas.agg.BucketUsage;
import io.waltally.schemas.agg.LastChange;
import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserCollectionKey;
import io.waltally.schemas.agg.UserKey;
import io.waltally.schemas.agg.UserStorage;
import io.waltally.workload.oracle.BackendTally;
import io.waltally.workload.oracle.BucketTally;
import io.waltally.workload.oracle.CollectionKey;
import io.waltally.workload.oracle.CollectionTally;
import io.waltally.workload.oracle.S3Tallies;
import io.waltally.workload.oracle.StorageTally;
import io.waltally.workload.oracle.SyncTallies;
import io.waltally.workload.oracle.UsageKey;
import io.waltally.workload.oracle.UsageTally;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ComparisonTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static final LastChange CHANGE = new LastChange("s3", 0, 1L, 2L, NOON);

    private final S3Tallies s3 = new S3Tallies(
            Map.of("b", new BackendTally(60, 2, 20, 5, 100)),
            Map.of(new UsageKey("b", "2026-11"), new UsageTally(1, 2, 3)),
            Map.of("photos", new BucketTally(30, 60, 1, 2, 1, 0)));
    private final SyncTallies sync = new SyncTallies(
            NOON,
            Map.of(new CollectionKey(7, 1), new CollectionTally(Optional.of("clients"), 2, 20, NOON)),
            Map.of(7L, new StorageTally(2, 20, 1)));
    private final PublishedTallies published = new PublishedTallies(
            new HashMap<>(
                    Map.of(new BackendKey("b"), new BackendQuota(60L, 2L, 20L, 5L, 100L, 15L, 0.8, CHANGE, false))),
            new HashMap<>(Map.of(
                    new BackendPeriodKey("b", "2026-11"),
                    new BackendUsage(1L, 2L, 3L, 0L, 0L, 0L, 0.0, 0.0, 0.0, CHANGE, false))),
            new HashMap<>(Map.of(new BucketKey("photos"), new BucketUsage(30L, 60L, 1L, 2L, CHANGE, 1L, 0L, false))),
            new HashMap<>(
                    Map.of(new UserCollectionKey(7L, 1), new UserCollection("clients", 2L, 20L, NOON, CHANGE, false))),
            new HashMap<>(Map.of(new UserKey(7L), new UserStorage(2L, 20L, 1, 0L, CHANGE, false))),
            List.of());

    @Test
    void equalTalliesHaveNoDifference() {
        Comparison comparison = Comparison.of(published, s3, sync);
        assertThat(comparison.differences()).isEmpty();
        assertThat(comparison.compared()).isEqualTo(5);
    }

    @Test
    void aDifferentFieldIsShownAsBothSidesHaveIt() {
        published.buckets().put(new BucketKey("photos"), new BucketUsage(30L, 61L, 1L, 2L, CHANGE, 1L, 0L, false));
        assertThat(Comparison.of(published, s3, sync).differences())
                .singleElement()
                .asString()
                .startsWith("bucket photos: published logical_bytes=30 stored_bytes=61")
                .contains("SQL says logical_bytes=30 stored_bytes=60");
    }

    @Test
    void replicasThatDifferAreADifference() {
        published.buckets().put(new BucketKey("photos"), new BucketUsage(30L, 60L, 1L, 2L, CHANGE, 1L, 1L, false));
        assertThat(Comparison.of(published, s3, sync).differences())
                .singleElement()
                .asString()
                .contains("under_replicated=1 over_replicated=1, SQL says")
                .endsWith("under_replicated=1 over_replicated=0");
    }

    @Test
    void whatOnlyOneSideHasIsADifference() {
        published.storage().clear();
        published.backends().put(new BackendKey("ghost"), new BackendQuota(0L, 0L, 0L, 0L, 0L, 0L, 0.0, CHANGE, false));
        assertThat(Comparison.of(published, s3, sync).differences())
                .hasSize(2)
                .anySatisfy(line ->
                        assertThat(line).startsWith("backend ghost: published").endsWith("SQL says nothing"))
                .anySatisfy(line -> assertThat(line).startsWith("storage of user 7: published nothing"));
    }

    @Test
    void notificationsAreHeldAgainstWhatTheWritersDid() {
        Comparison comparison = Comparison.of(published, s3, sync);
        comparison.compareNotifications(Map.of("Put", 3L), Map.of("Put", 4L, "Delete", 1L));
        assertThat(comparison.differences())
                .containsExactly(
                        "notifications Delete: derived nothing, the writers caused 1",
                        "notifications Put: derived 3, the writers caused 4");
        assertThat(comparison.compared()).isEqualTo(7);
    }

    @Test
    void whatIsNotDeliveredOrDerivedTwiceIsADifference() {
        Comparison comparison = Comparison.of(published, s3, sync);
        comparison.compareDeliveries(
                Map.of("evt_1", "Put", "evt_3", "Put", "evt_4", "Put"),
                List.of(
                        new PublishedTallies.Event("evt_1", "Put"),
                        new PublishedTallies.Event("evt_2", "Put"),
                        new PublishedTallies.Event("evt_3", "Put"),
                        new PublishedTallies.Event("evt_3", "Put")));
        assertThat(comparison.differences())
                .containsExactly(
                        "notification evt_2: delivered nothing, derived Put",
                        "notification evt_3: delivered Put, derived Put and Put",
                        "notification evt_4: delivered Put, derived nothing");
    }
}
