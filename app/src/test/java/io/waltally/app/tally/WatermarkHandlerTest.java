package io.waltally.app.tally;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.Source;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.control.WatermarkKey;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WatermarkHandlerTest {
    private final Map<Source, Watermark> watermarks = new EnumMap<>(Source.class);
    private final WatermarkHandler handler = new WatermarkHandler(watermarks::put);

    @Test
    void whatCaptureNeverWritesLeavesTheWatermark() {
        Watermark last = new Watermark(7L, 1, 1L, 1, "slot", null, Instant.EPOCH, Map.of(), null, null, null);
        accept("sync", last);
        // When
        accept("sync", null);
        accept("payroll", last);
        // Then
        assertThat(watermarks).containsOnly(Map.entry(Source.SYNC, last));
    }

    private void accept(String source, @Nullable Watermark watermark) {
        handler.accept(
                new WatermarkKey(source),
                watermark,
                new ConsumerRecord<>("_waltally.watermarks", 0, 7, new byte[0], null));
    }
}
