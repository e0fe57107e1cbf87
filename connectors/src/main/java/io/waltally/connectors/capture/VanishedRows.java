package io.waltally.connectors.capture;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;

/**
 * After all rows of a table were read again, its topic's other rows are in the table no more: those whose last record is
 * older than the reading. One partition at a time; keeps its older keys in memory.
 */
final class VanishedRows {
    private final WriterView view;

    VanishedRows(WriterView view) {
        this.view = view;
    }

    /**
     * Finds the keys of vanished rows in what is committed, while no transaction is open.
     *
     * @param since "topic-partition" -> end of the topic before the reading
     */
    void find(String topic, Map<String, Long> since, Consumer<LiveKeys.Key> vanished) {
        for (TopicPartition partition : view.partitions(topic)) {
            long older = since.getOrDefault(partition.toString(), 0L);
            if (older > 0) {
                in(partition, older).values().forEach(vanished);
            }
        }
    }

    private Map<ByteBuffer, LiveKeys.Key> in(TopicPartition partition, long since) {
        Map<ByteBuffer, LiveKeys.Key> older = new LinkedHashMap<>();
        view.scan(partition, List.of(), (offset, bytes, value) -> {
            ByteBuffer key = ByteBuffer.wrap(bytes);
            if (value != null && offset < since) {
                older.putIfAbsent(key, new LiveKeys.Key(partition, bytes));
            } else {
                older.remove(key);
            }
        });
        return older;
    }
}
