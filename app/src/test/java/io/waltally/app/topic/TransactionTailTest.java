package io.waltally.app.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.Watermark;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class TransactionTailTest {
    private static final TopicPartition FIRST = new TopicPartition("s3.public.a", 0);
    private static final TopicPartition SECOND = new TopicPartition("s3.public.b", 1);

    private final Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> log =
            new HashMap<>(Map.of(FIRST, new ArrayList<>(), SECOND, new ArrayList<>()));
    private long lsn = 1;
    private long id;

    /** Has all of the log from the position that it is given. */
    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none") {
        @Override
        public synchronized void assign(Collection<TopicPartition> partitions) {
            super.assign(partitions);
            partitions.forEach(partition -> log.get(partition).forEach(this::addRecord));
        }
    };

    /** Adds a transaction with a row in each of the partitions. */
    private void commit(TopicPartition... partitions) {
        long sequence = lsn;
        lsn += 10;
        id++;
        for (int position = 0; position < partitions.length; position++) {
            List<ConsumerRecord<byte[], byte[]>> records = log.get(partitions[position]);
            ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>(
                    partitions[position].topic(),
                    partitions[position].partition(),
                    records.size(),
                    new byte[0],
                    new byte[] {1});
            new ChangeHeaders(Source.S3, 0, id, sequence, position, Optional.of(new Lsn(lsn))).addTo(record.headers());
            records.add(record);
        }
    }

    private Watermark watermark() {
        return watermark(0);
    }

    private Watermark watermark(int epoch) {
        Map<String, Long> offsets = new HashMap<>();
        log.forEach((partition, records) -> offsets.put(partition.toString(), (long) records.size()));
        return new Watermark(lsn, epoch, 1L, 1, "slot", null, Instant.EPOCH, offsets, null, null, null);
    }

    private static List<Long> ids(TransactionTail.Latest latest) {
        return latest.transactions().stream().map(Transaction::id).toList();
    }

    @Test
    void transactionsAreReadWholeAndOnce() {
        TransactionTail tail = new TransactionTail(consumer, 100);
        commit(FIRST);
        tail.advance(watermark());
        assertThat(ids(tail.latest())).as("of before").isEmpty();
        commit(FIRST, SECOND, FIRST);
        commit(SECOND);
        tail.advance(watermark());
        TransactionTail.Latest latest = tail.latest();
        assertThat(ids(latest)).containsExactly(2L, 3L);
        assertThat(latest.transactions().get(0).records()).hasSize(3);
        assertThat(latest.rowsLeftOut()).isZero();
        assertThat(ids(tail.latest())).isEmpty();
    }

    @Test
    void ofTooManyTheLatestAreRead() {
        TransactionTail tail = new TransactionTail(consumer, 3);
        tail.advance(watermark());
        for (int i = 0; i < 10; i++) {
            commit(FIRST, SECOND);
            tail.advance(watermark());
        }
        TransactionTail.Latest latest = tail.latest();
        assertThat(ids(latest)).containsExactly(10L);
        assertThat(latest.rowsLeftOut()).isEqualTo(18);
    }

    @Test
    void ofOneRangeThatIsTooLargeTheFirstAreReadWhole() {
        TransactionTail tail = new TransactionTail(consumer, 40);
        consumer.setMaxPollRecords(10);
        tail.advance(watermark());
        for (int i = 0; i < 1_000; i++) {
            commit(FIRST, SECOND);
        }
        tail.advance(watermark());
        TransactionTail.Latest latest = tail.latest();
        assertThat(latest.transactions()).hasSizeBetween(10, 30);
        assertThat(latest.transactions())
                .allSatisfy(transaction -> assertThat(transaction.records()).hasSize(2));
        assertThat(latest.rowsLeftOut())
                .isEqualTo(2_000 - 2L * latest.transactions().size());
        // And it goes on behind the range
        commit(SECOND);
        tail.advance(watermark());
        assertThat(ids(tail.latest())).containsExactly(1_001L);
    }

    @Test
    void aTransactionThatIsLargerThanASampleIsReadWholeUpToALimit() {
        TransactionTail tail = new TransactionTail(consumer, 10);
        consumer.setMaxPollRecords(10);
        TopicPartition[] rows = new TopicPartition[400];
        Arrays.setAll(rows, row -> row % 3 == 0 ? SECOND : FIRST);
        tail.advance(watermark());
        commit(rows);
        commit(rows);
        tail.advance(watermark());
        TransactionTail.Latest latest = tail.latest();
        assertThat(ids(latest)).containsExactly(1L);
        assertThat(latest.transactions().get(0).records()).hasSize(400);
        assertThat(latest.rowsLeftOut()).isEqualTo(400);
        // And of one that is larger still, only the number is known
        TopicPartition[] many = new TopicPartition[20_000];
        Arrays.setAll(many, row -> row % 3 == 0 ? SECOND : FIRST);
        commit(many);
        tail.advance(watermark());
        latest = tail.latest();
        assertThat(ids(latest)).isEmpty();
        assertThat(latest.rowsLeftOut()).isEqualTo(20_000);
    }

    @Test
    void theLastTransactionsBeforeItsBeginningAreReadIfTheyAreWhole() {
        consumer.updateBeginningOffsets(Map.of(FIRST, 0L, SECOND, 0L));
        TransactionTail tail = new TransactionTail(consumer, 100);
        commit(SECOND, FIRST);
        for (int i = 0; i < 100; i++) {
            commit(FIRST);
        }
        tail.advance(watermark());
        List<Transaction> earlier = tail.earlier(Optional.empty());
        assertThat(earlier).hasSizeBetween(40, 60).extracting(Transaction::id).endsWith(100L, 101L);
        assertThat(tail.latest().transactions()).isEmpty();
        // Of the first transaction, the rows in the other partition are not looked for
        assertThat(earlier).extracting(Transaction::id).doesNotContain(1L);
        commit(FIRST, SECOND);
        tail.advance(watermark());
        assertThat(ids(tail.latest())).containsExactly(102L);
    }

    @Test
    void aShortLogIsReadWhole() {
        consumer.updateBeginningOffsets(Map.of(FIRST, 0L, SECOND, 0L));
        TransactionTail tail = new TransactionTail(consumer, 100);
        commit(FIRST, SECOND);
        commit(SECOND);
        tail.advance(watermark());
        assertThat(tail.earlier(Optional.empty())).extracting(Transaction::id).containsExactly(1L, 2L);
    }

    @Test
    void whatAnEarlierTailHasReadIsNotReadAgain() {
        consumer.updateBeginningOffsets(Map.of(FIRST, 0L, SECOND, 0L));
        commit(FIRST, SECOND);
        Watermark read = watermark();
        commit(SECOND);
        commit(FIRST);
        TransactionTail tail = new TransactionTail(consumer, 100);
        tail.advance(watermark());
        assertThat(tail.earlier(Optional.of(read))).extracting(Transaction::id).containsExactly(2L, 3L);
        TransactionTail another = new TransactionTail(consumer, 100);
        another.advance(read);
        assertThat(another.earlier(Optional.of(read))).isEmpty();
    }

    @Test
    void positionsOfAnotherEpochAreNotComparedWithOlderOnes() {
        TransactionTail tail = new TransactionTail(consumer, 100);
        tail.advance(watermark());
        commit(FIRST);
        tail.advance(watermark(1));
        assertThat(ids(tail.latest())).isEmpty();
    }
}
