package io.waltally.pipeline.progress;

import io.waltally.schemas.control.Watermark;
import org.apache.kafka.streams.processor.api.ProcessingContext;

/** Reports whether a global store, which tasks do not read themselves, is updated up to a watermark. */
@FunctionalInterface
public interface GlobalStoreProgress {
    /** For sources without a global store. */
    GlobalStoreProgress NO_GLOBAL_STORE = (context, watermark) -> true;

    boolean reached(ProcessingContext context, Watermark watermark);
}
