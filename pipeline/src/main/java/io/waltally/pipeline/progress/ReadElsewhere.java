package io.waltally.pipeline.progress;

import io.waltally.schemas.control.Watermark;
import org.apache.kafka.streams.processor.api.ProcessingContext;

/** Whether what is read beside the tasks of a source, such as a global store, has come as far as a watermark says. */
@FunctionalInterface
public interface ReadElsewhere {
    ReadElsewhere NOTHING = (context, watermark) -> true;

    boolean reached(ProcessingContext context, Watermark watermark);
}
