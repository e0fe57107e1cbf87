package io.waltally.sinks.replica;

import io.waltally.sinks.replica.row.RowPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The records of one row in a part of a topic, in their order; the last record has the row's current state. */
final class ChangedRow {
    private final List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>(1);

    /** The bytes of a key without the id of its schema: another version of the schema has the same ones. */
    private static final class Key {
        private final byte[] bytes;
        private final int hash;

        Key(byte[] bytes) {
            this.bytes = bytes;
            int sum = 1;
            for (int i = RowPlan.PREFIX_BYTES; i < bytes.length; i++) {
                sum = 31 * sum + bytes[i];
            }
            hash = sum;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key key
                    && Arrays.equals(
                            bytes,
                            RowPlan.PREFIX_BYTES,
                            bytes.length,
                            key.bytes,
                            RowPlan.PREFIX_BYTES,
                            key.bytes.length);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    /** The rows that the records of one topic change. */
    static List<ChangedRow> of(List<ConsumerRecord<byte[], byte[]>> records) {
        Map<Key, ChangedRow> byKey = new HashMap<>(2 * records.size());
        List<ChangedRow> rows = new ArrayList<>(records.size());
        for (ConsumerRecord<byte[], byte[]> record : records) {
            byKey.computeIfAbsent(new Key(record.key()), key -> {
                        ChangedRow added = new ChangedRow();
                        rows.add(added);
                        return added;
                    })
                    .records
                    .add(record);
        }
        return rows;
    }

    ConsumerRecord<byte[], byte[]> last() {
        return records.get(records.size() - 1);
    }

    /** The records before the last one, the latest first. */
    List<ConsumerRecord<byte[], byte[]>> earlier() {
        List<ConsumerRecord<byte[], byte[]>> earlier = new ArrayList<>(records.subList(0, records.size() - 1));
        Collections.reverse(earlier);
        return earlier;
    }
}
