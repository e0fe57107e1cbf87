package io.waltally.app.topic;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;

/** Merges partitions, in each of which records lie in commit order, into whole transactions in commit order. */
final class TransactionMerge {
    /** A snapshot has one place in the history, and may be as large as the database. */
    static final int MAX_SNAPSHOT_ROWS = 1_000;

    private final Map<TopicPartition, Deque<PositionedRecord>> queues = new LinkedHashMap<>();
    private final List<PositionedRecord> open = new ArrayList<>();

    TransactionMerge(Collection<TopicPartition> partitions) {
        partitions.forEach(partition -> queues.put(partition, new ArrayDeque<>()));
    }

    void add(PositionedRecord record) {
        queues.get(new TopicPartition(record.record().topic(), record.record().partition()))
                .add(record);
    }

    /** The number of records of a partition that have not been taken. */
    int waiting(TopicPartition partition) {
        return queues.get(partition).size();
    }

    /**
     * Hands over the complete transactions within the bound.
     *
     * @param ended whether everything of a partition within the bound has been added
     * @param handler returns whether it wants more
     * @return false if it does not
     */
    boolean take(WatermarkBound bound, Predicate<TopicPartition> ended, Predicate<Transaction> handler) {
        while (true) {
            boolean everyNextIsKnown = queues.entrySet().stream()
                    .allMatch(queue -> !queue.getValue().isEmpty() || ended.test(queue.getKey()));
            if (!everyNextIsKnown) {
                return true;
            }
            Optional<Deque<PositionedRecord>> next = next(bound);
            boolean ends = !open.isEmpty()
                    && (next.isEmpty() || !next.get().element().isOfSameTransaction(open.get(0)) || isFull());
            if (ends) {
                Transaction transaction = Transaction.of(open);
                open.clear();
                if (!handler.test(transaction)) {
                    return false;
                }
            }
            if (next.isEmpty()) {
                return true;
            }
            open.add(next.get().remove());
        }
    }

    private boolean isFull() {
        return open.size() >= MAX_SNAPSHOT_ROWS && open.get(0).headers().transactionId() == 0;
    }

    private Optional<Deque<PositionedRecord>> next(WatermarkBound bound) {
        return queues.values().stream()
                .filter(queue -> !queue.isEmpty())
                .min((one, other) -> PositionedRecord.ORDER.compare(one.element(), other.element()))
                .filter(queue -> bound.includes(queue.element()));
    }
}
