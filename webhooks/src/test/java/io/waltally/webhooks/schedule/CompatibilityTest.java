package io.waltally.webhooks.schedule;

import io.waltally.compatibility.ByteForms;
import io.waltally.compatibility.RecordedForms;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Progress of delivery, as earlier versions committed it beside their offsets. */
class CompatibilityTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static final String FORM = "metadata of a committed offset";

    @Test
    void everyProgressThatEarlierVersionsCommittedIsRead() {
        ByteForms forms = new ByteForms("Delivery begins with the metadata that the version before committed: read its"
                + " format too, or events are delivered again.");
        forms.form(FORM, CompatibilityTest::write, CompatibilityTest::read);
        TreeMap<Long, Attempts> unfinished = new TreeMap<>(Map.of(
                100L, new Attempts(3, NOON.plusMillis(1)),
                101L, Attempts.NONE,
                7_000_000_000L, new Attempts(19, NOON.plusSeconds(86_400))));
        Map<Long, Long> deferred = Map.of(-4711L, 70L);
        for (DeliveryProgress progress : List.of(
                DeliveryProgress.at(42),
                new DeliveryProgress(
                        7_000_000_500L,
                        unfinished,
                        Map.of(),
                        -4711,
                        NOON.plusSeconds(5),
                        -4711,
                        Instant.EPOCH,
                        Instant.EPOCH),
                new DeliveryProgress(200, unfinished, deferred, 17, NOON, 0, NOON, NOON.plusSeconds(3_600)),
                new DeliveryProgress(
                        9, new TreeMap<>(), Map.of(), 1, Instant.EPOCH, 1, Instant.EPOCH, Instant.EPOCH))) {
            forms.sample(FORM, write(progress));
        }
        RecordedForms.of("delivery-progress").verify(forms);
    }

    private static byte[] write(DeliveryProgress progress) {
        return (progress.offset() + " " + progress.metadata()).getBytes(StandardCharsets.UTF_8);
    }

    private static DeliveryProgress read(byte[] bytes) {
        String[] offset = new String(bytes, StandardCharsets.UTF_8).split(" ", 2);
        return DeliveryProgress.of(Long.parseLong(offset[0]), offset[1]);
    }
}
