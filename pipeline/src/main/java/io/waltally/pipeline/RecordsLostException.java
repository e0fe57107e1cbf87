package io.waltally.pipeline;

import java.util.Map;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/** The next records to read no longer exist in their topics. Results from the records behind them would be wrong. */
public final class RecordsLostException extends KafkaException {
    private static final long serialVersionUID = 1;

    /** @param next the offset to read next, by partition */
    public RecordsLostException(Map<TopicPartition, Long> next) {
        super("the next records to read no longer exist, by partition and offset: " + next
                + ". Records were deleted before they were read, a topic was created anew, or Kafka lost records or was"
                + " restored");
    }
}
