package io.waltally.app.topic;

import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The records of a transaction of a source, or of a part of a snapshot, in their order.
 *
 * @param id PostgreSQL's transaction id; 0 for a snapshot
 * @param lsn its end; empty if compaction has removed the record that says it
 */
public record Transaction(
        Source source, int epoch, long id, Optional<Lsn> lsn, List<ConsumerRecord<byte[], byte[]>> records) {
    public Transaction {
        records = List.copyOf(records);
    }

    static Transaction of(List<PositionedRecord> records) {
        ChangeHeaders first = records.get(0).headers();
        return new Transaction(
                first.source(),
                first.epoch(),
                first.transactionId(),
                records.stream()
                        .flatMap(record -> record.headers().commitLsn().stream())
                        .findFirst(),
                records.stream().map(PositionedRecord::record).toList());
    }

    public boolean isSnapshot() {
        return id == 0;
    }
}
