package io.waltally.webhooks.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.webhooks.event.Outbox;
import io.waltally.webhooks.event.OutboxEvent;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DeliveryProgressTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static final int TARGET = Integer.MIN_VALUE;

    private static DeliveryProgress progress(
            long next,
            NavigableMap<Long, Attempts> unfinished,
            Map<Long, Long> deferred,
            Instant pausedUntil,
            int disabled,
            Instant failingSince) {
        return new DeliveryProgress(
                next,
                unfinished,
                deferred,
                TARGET,
                pausedUntil,
                disabled,
                failingSince,
                failingSince.equals(Instant.EPOCH) ? failingSince : failingSince.plusSeconds(100_000));
    }

    @Test
    void metadataIsEmptyWithoutUnfinishedEvents() {
        DeliveryProgress progress = DeliveryProgress.at(42);
        assertThat(progress.offset()).isEqualTo(42);
        assertThat(progress.metadata()).isEmpty();
        assertThat(DeliveryProgress.of(42, "")).isEqualTo(progress);
    }

    @Test
    void whatIsKeptIsReadBack() {
        NavigableMap<Long, Attempts> unfinished = new TreeMap<>();
        unfinished.put(100L, new Attempts(3, NOON.plusMillis(1)));
        unfinished.put(101L, Attempts.NONE);
        unfinished.put(7_000_000_000L, new Attempts(19, NOON.plusSeconds(86_400)));
        DeliveryProgress progress =
                progress(7_000_000_500L, unfinished, Map.of(), NOON.plusSeconds(5), -4711, Instant.EPOCH);
        assertThat(progress.offset()).isEqualTo(100);
        assertThat(DeliveryProgress.of(100, progress.metadata())).isEqualTo(progress);

        DeliveryProgress deferredBefore =
                progress(200, unfinished, Map.of(-1L, 70L, 4711L, 150L), NOON, 0, Instant.EPOCH);
        assertThat(deferredBefore.offset()).isEqualTo(70);
        assertThat(DeliveryProgress.of(70, deferredBefore.metadata())).isEqualTo(deferredBefore);

        DeliveryProgress goneOnly = progress(9, new TreeMap<>(), Map.of(), Instant.EPOCH, 1, Instant.EPOCH);
        assertThat(DeliveryProgress.of(9, goneOnly.metadata())).isEqualTo(goneOnly);

        DeliveryProgress failing = progress(9, new TreeMap<>(), Map.of(), Instant.EPOCH, 0, NOON);
        assertThat(DeliveryProgress.of(9, failing.metadata())).isEqualTo(failing);
    }

    /** Formats 1 to 3, whose target is unknown. */
    @Test
    void formerFormatsAreRead() {
        NavigableMap<Long, Attempts> unfinished = new TreeMap<>();
        unfinished.put(100L, new Attempts(3, NOON.plusMillis(1)));
        unfinished.put(101L, Attempts.NONE);
        unfinished.put(7_000_000_000L, new Attempts(19, NOON.plusSeconds(86_400)));
        Map<Long, Long> deferred = Map.of(-4711L, 70L);
        Instant unknown = Instant.EPOCH;
        assertThat(DeliveryProgress.of(100, "1kI_uiRqI64KZoDSZ2___D4HEgpmgNAADAAEAm4vuiRoT_7eZKQ"))
                .isEqualTo(new DeliveryProgress(
                        7_000_000_500L, unfinished, Map.of(), 0, NOON.plusSeconds(5), -4711, unknown, unknown));
        assertThat(DeliveryProgress.of(70, "2ggGAxIKZoDQAgcSCmaA0Af_______-2ZAB4DAAEAm4vuiRoT_7eZKQ"))
                .isEqualTo(new DeliveryProgress(200, unfinished, deferred, 0, NOON, 0, unknown, unknown));
        assertThat(DeliveryProgress.of(70, "3ggGAxIKZoDQAgcSCmaA0gMSCmaA0Af_______-2ZAB4DAAEAm4vuiRoT_7eZKQ"))
                .isEqualTo(new DeliveryProgress(200, unfinished, deferred, 0, NOON, 0, NOON, unknown));
    }

    @Test
    void anEventIsFinishedUnlessItOrItsSubjectIsNot() {
        NavigableMap<Long, Attempts> unfinished = new TreeMap<>();
        unfinished.put(3L, Attempts.NONE);
        OutboxEvent deferred = Outbox.event(0, 7, "a");
        DeliveryProgress progress =
                progress(10, unfinished, Map.of(SubjectId.of(deferred).orElseThrow(), 5L), NOON, 0, Instant.EPOCH);
        assertThat(progress.isFinished(deferred)).isFalse();
        assertThat(progress.isFinished(Outbox.event(0, 4, "a"))).isTrue();
        assertThat(progress.isFinished(Outbox.event(0, 7, "b"))).isTrue();
        assertThat(progress.isFinished(Outbox.event(0, 7, null))).isTrue();
        assertThat(progress.isFinished(Outbox.event(0, 3, "b"))).isFalse();
        assertThat(progress.isFinished(Outbox.event(0, 10, "b"))).isFalse();
    }

    @Test
    void aFullWindowFitsIntoWhatBrokersAcceptHoweverFarApartItsEventsAre() {
        NavigableMap<Long, Attempts> unfinished = new TreeMap<>();
        for (long i = 0; i < DeliverySchedule.WINDOW; i++) {
            unfinished.put(i << 30, new Attempts(Retries.MAX_ATTEMPTS, NOON.plusMillis(i % 2 * (1L << 30))));
        }
        Map<Long, Long> deferred = new HashMap<>();
        for (long i = 0; i < DeliverySchedule.MAX_DEFERRED; i++) {
            deferred.put(-i, (1L << 40) - i);
        }
        DeliveryProgress progress = progress(1L << 40, unfinished, deferred, NOON, Integer.MIN_VALUE, NOON);
        assertThat(progress.metadata()).hasSizeLessThanOrEqualTo(4096);
        assertThat(DeliveryProgress.of(0, progress.metadata())).isEqualTo(progress);
    }

    @Test
    void foreignMetadataIsRejected() {
        assertThatThrownBy(() -> DeliveryProgress.of(0, "somebody else's"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DeliveryProgress.of(0, "1")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DeliveryProgress.of(0, "1!")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DeliveryProgress.of(0, "1__8")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DeliveryProgress.of(0, "2AAAAAAEA")).isInstanceOf(IllegalArgumentException.class);
    }
}
