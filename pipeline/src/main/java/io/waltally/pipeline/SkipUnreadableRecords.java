package io.waltally.pipeline;

import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.DeserializationExceptionHandler;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Skips unreadable records of other producers in the tally and progress topics, which the topologies write and read
 * back. An unreadable record of an internal topic stops the topologies, because skipping it would lose state. Unreadable
 * records of cdc topics do not come here: their processors send them to the dead letter topic.
 */
public final class SkipUnreadableRecords implements DeserializationExceptionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(SkipUnreadableRecords.class);

    private String internal = "";

    @Override
    public void configure(Map<String, ?> properties) {
        internal = properties.get(StreamsConfig.APPLICATION_ID_CONFIG) + "-";
    }

    @Override
    public Response handleError(
            ErrorHandlerContext context, ConsumerRecord<byte[], byte[]> record, Exception exception) {
        // A registry that does not answer causes other exceptions.
        if (exception instanceof SerializationException && !record.topic().startsWith(internal)) {
            // Kafka Streams logs it.
            return Response.resume();
        }
        LOG.error(
                "stopping: record {}-{} offset {} of an internal topic cannot be read",
                record.topic(),
                record.partition(),
                record.offset(),
                exception);
        return Response.fail();
    }
}
