package io.waltally.connectors.capture.snapshot;

import io.waltally.connectors.capture.publishing.OwnTransactionsReader;
import io.waltally.connectors.capture.publishing.TopicKeys;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;

/**
 * Finds rows that are in a topic and no longer in its table, after all rows of the table were read: those whose last
 * record is older than the read. Reads one partition at a time, and keeps its older keys in memory.
 */
final class VanishedRows {
    private final OwnTransactionsReader view;

    VanishedRows(OwnTransactionsReader view) {
        this.view = view;
    }

    /**
     * Finds the keys of vanished rows among the committed records, while no transaction is open.
     *
     * @param since "topic-partition" -> end of the topic before the read
     */
    void find(String topic, Map<String, Long> since, Consumer<TopicKeys.Key> vanished) {
        for (TopicPartition partition : view.partitions(topic)) {
            long older = since.getOrDefault(partition.toString(), 0L);
            if (older > 0) {
                in(partition, older).values().forEach(vanished);
            }
        }
    }

    private Map<ByteBuffer, TopicKeys.Key> in(TopicPartition partition, long since) {
        Map<ByteBuffer, TopicKeys.Key> older = new LinkedHashMap<>();
        view.scan(partition, List.of(), (offset, bytes, value) -> {
            ByteBuffer key = ByteBuffer.wrap(bytes);
            if (value != null && offset < since) {
                older.putIfAbsent(key, new TopicKeys.Key(partition, bytes));
            } else {
                older.remove(key);
            }
        });
        return older;
    }
}
