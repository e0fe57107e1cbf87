package io.waltally.app.tally;

import io.waltally.schemas.Source;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.control.WatermarkKey;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Handles the watermarks of all sources. Logs and skips what capture never writes: a tombstone, or another source. */
public record WatermarkHandler(BiConsumer<Source, Watermark> handler)
        implements CommittedReader.Handler<WatermarkKey, @Nullable Watermark> {
    private static final Logger LOG = LoggerFactory.getLogger(WatermarkHandler.class);

    @Override
    public void accept(WatermarkKey key, @Nullable Watermark watermark, ConsumerRecord<byte[], byte[]> record) {
        for (Source source : Source.values()) {
            if (source.id().equals(key.getSource()) && watermark != null) {
                handler.accept(source, watermark);
                return;
            }
        }
        LOG.warn(
                "skipped {}-{} offset {}: not a watermark of a known source",
                record.topic(),
                record.partition(),
                record.offset());
    }
}
