package io.waltally.app.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Random transactions in random partitions, which arrive in any order between partitions. */
class TransactionMergeTest {
    private static final int ROUNDS = 300;

    @Test
    void transactionsAreWholeAndInCommitOrderWheneverTheirRecordsArrive() {
        long seed = Long.getLong("waltally.seed", System.nanoTime());
        System.out.println("-Dwaltally.seed=" + seed);
        for (int round = 0; round < ROUNDS; round++) {
            check(new Random(seed + round), "seed " + (seed + round));
        }
    }

    private static void check(Random random, String name) {
        // Given
        Map<TopicPartition, Deque<PositionedRecord>> log = new LinkedHashMap<>();
        for (int partition = 0; partition < 1 + random.nextInt(6); partition++) {
            log.put(new TopicPartition("s3.public.t" + partition % 2, partition), new ArrayDeque<>());
        }
        List<TopicPartition> partitions = List.copyOf(log.keySet());
        List<String> expected = new ArrayList<>();
        int epoch = 0;
        long lsn = 1;
        int count = 1 + random.nextInt(12);
        for (int i = 0; i < count; i++) {
            if (random.nextInt(8) == 0) {
                // Positions of another epoch may be lower.
                epoch++;
                lsn = 1;
            }
            long sequence = lsn;
            lsn += 1 + random.nextInt(50);
            List<Long> positions = new ArrayList<>();
            for (long position = 1; position <= 1 + random.nextInt(7); position++) {
                TopicPartition partition = partitions.get(random.nextInt(partitions.size()));
                log.get(partition).add(record(partition, epoch, i + 1, sequence, position));
                positions.add(position);
            }
            expected.add(epoch + " " + (i + 1) + " " + positions);
        }
        WatermarkBound bound = new WatermarkBound(epoch, lsn);
        // A transaction after the bound is not to be handed over, although it is there.
        log.get(partitions.get(0)).add(record(partitions.get(0), epoch, 99, lsn, 1));

        // When
        TransactionMerge merge = new TransactionMerge(partitions);
        List<String> taken = new ArrayList<>();
        while (log.values().stream().anyMatch(records -> !records.isEmpty())) {
            Deque<PositionedRecord> some = log.get(partitions.get(random.nextInt(partitions.size())));
            for (int i = random.nextInt(4); i > 0 && !some.isEmpty(); i--) {
                merge.add(some.remove());
            }
            merge.take(
                    bound,
                    partition -> log.get(partition).isEmpty(),
                    transaction -> taken.add(transaction.epoch() + " " + transaction.id() + " "
                            + transaction.records().stream()
                                    .map(ConsumerRecord::offset)
                                    .toList()));
        }
        // Then
        assertThat(taken).as(name).isEqualTo(expected);
    }

    @Test
    void aTransactionWaitsForEveryPartition() {
        TopicPartition one = new TopicPartition("a", 0);
        TopicPartition other = new TopicPartition("a", 1);
        TransactionMerge merge = new TransactionMerge(List.of(one, other));
        List<Transaction> taken = new ArrayList<>();
        merge.add(record(one, 0, 7, 10, 1));
        merge.take(new WatermarkBound(0, 100), partition -> partition.equals(one), taken::add);
        assertThat(taken).isEmpty();
        merge.add(record(other, 0, 7, 10, 2));
        merge.take(new WatermarkBound(0, 100), partition -> true, taken::add);
        assertThat(taken).hasSize(1);
        assertThat(taken.get(0).records()).hasSize(2);
        assertThat(taken.get(0).lsn()).hasValue(new Lsn(11));
    }

    @Test
    void aSnapshotComesInParts() {
        TopicPartition partition = new TopicPartition("a", 0);
        TransactionMerge merge = new TransactionMerge(List.of(partition));
        for (int position = 1; position <= 2 * TransactionMerge.MAX_SNAPSHOT_ROWS + 1; position++) {
            merge.add(record(partition, 0, 0, 10, position));
        }
        List<Integer> sizes = new ArrayList<>();
        merge.take(
                new WatermarkBound(0, 100),
                ended -> true,
                part -> sizes.add(part.records().size()));
        assertThat(sizes).containsExactly(TransactionMerge.MAX_SNAPSHOT_ROWS, TransactionMerge.MAX_SNAPSHOT_ROWS, 1);
    }

    @Test
    void mergeStopsWhenTheConsumerReturnsFalse() {
        TopicPartition partition = new TopicPartition("a", 0);
        TransactionMerge merge = new TransactionMerge(List.of(partition));
        merge.add(record(partition, 0, 1, 10, 1));
        merge.add(record(partition, 0, 2, 20, 1));
        List<Long> ids = new ArrayList<>();
        assertThat(merge.take(new WatermarkBound(0, 100), ended -> true, transaction -> {
                    ids.add(transaction.id());
                    return false;
                }))
                .isFalse();
        assertThat(ids).containsExactly(1L);
    }

    /** With its position as offset. */
    private static PositionedRecord record(
            TopicPartition partition, int epoch, long transaction, long sequence, long position) {
        return new PositionedRecord(
                new ChangeHeaders(
                        Source.S3, epoch, transaction, sequence, position, Optional.of(new Lsn(sequence + 1))),
                new ConsumerRecord<>(partition.topic(), partition.partition(), position, new byte[0], new byte[0]));
    }
}
