package io.waltally.pipeline;

import java.util.Map;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/** Records that were to be read next are not in their topics. What follows from those behind them would be wrong. */
public final class RecordsLostException extends KafkaException {
    private static final long serialVersionUID = 1;

    /** @param next by partition, the offset that was to be read next */
    public RecordsLostException(Map<TopicPartition, Long> next) {
        super("records that were to be read next are not there, by partition and offset: " + next
                + ". Records were deleted before they were read, a topic was made anew, or Kafka lost records or was"
                + " restored");
    }
}
