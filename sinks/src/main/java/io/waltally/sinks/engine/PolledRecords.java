package io.waltally.sinks.engine;

import io.waltally.sinks.target.Target;
import io.waltally.sinks.target.TargetException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Records that were read, divided into those to apply and those that the target {@link Target#refusal refuses} unseen.
 *
 * @param refused with the reasons
 */
record PolledRecords(
        List<ConsumerRecord<byte[], byte[]>> accepted, Map<ConsumerRecord<byte[], byte[]>, TargetException> refused) {

    static PolledRecords of(List<ConsumerRecord<byte[], byte[]>> records, Target target) {
        List<ConsumerRecord<byte[], byte[]>> accepted = new ArrayList<>(records.size());
        Map<ConsumerRecord<byte[], byte[]>, TargetException> refused = new LinkedHashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            Optional<TargetException> reason = target.refusal(record);
            if (reason.isPresent()) {
                refused.put(record, reason.get());
            } else {
                accepted.add(record);
            }
        }
        return new PolledRecords(accepted, refused);
    }
}
