package io.waltally.sinks.replica;

import io.waltally.sinks.replica.row.CopyText;
import io.waltally.sinks.replica.row.RowPlan;
import io.waltally.sinks.replica.row.RowText;
import io.waltally.sinks.replica.row.WriterSchemas;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * A row whose last record lacks values because an update left TOASTed columns unchanged. The values come from earlier
 * records of the same part or, if none has them, from the row in the target.
 *
 * @param columns texts as COPY reads them, in the order of the plan; null where the target's row has the value
 * @param created whether the part has the row's beginning, so that the target's row has no values of it
 */
record PartialRow(
        RowPlan plan, ConsumerRecord<byte[], byte[]> record, List<byte @Nullable []> columns, boolean created) {

    static PartialRow of(ChangedRow changed, WriterSchemas schemas) throws IOException {
        ConsumerRecord<byte[], byte[]> last = changed.last();
        RowPlan plan = schemas.ofEnvelope(last.value());
        RowText row = new RowText(new CopyText());
        plan.read(last, row);
        List<byte @Nullable []> columns = new ArrayList<>();
        for (int i = 0; i < plan.columns().size(); i++) {
            columns.add(row.isUnchanged(i) ? null : row.column(i));
        }
        for (ConsumerRecord<byte[], byte[]> earlier : changed.earlier()) {
            if (!columns.contains(null)) {
                break;
            }
            if (earlier.value() == null) {
                return new PartialRow(plan, last, columns, true);
            }
            RowPlan earlierPlan = schemas.ofEnvelope(earlier.value());
            if (earlierPlan.isDelete(earlier.value())) {
                return new PartialRow(plan, last, columns, true);
            }
            row.out().truncate(0);
            earlierPlan.read(earlier, row);
            for (int i = 0; i < columns.size(); i++) {
                Optional<Integer> index =
                        earlierPlan.indexOf(plan.columns().get(i).name());
                if (columns.get(i) == null && index.isPresent() && !row.isUnchanged(index.get())) {
                    columns.set(i, row.column(index.get()));
                }
            }
        }
        return new PartialRow(plan, last, columns, false);
    }

    boolean isComplete() {
        return !columns.contains(null);
    }

    /** The columns that have no value here. */
    BitSet unchanged() {
        BitSet unchanged = new BitSet();
        for (int i = 0; i < columns.size(); i++) {
            unchanged.set(i, columns.get(i) == null);
        }
        return unchanged;
    }

    /** The texts of the columns that have a value here. */
    List<byte[]> known() {
        List<byte[]> known = new ArrayList<>();
        for (byte[] column : columns) {
            if (column != null) {
                known.add(column);
            }
        }
        return known;
    }
}
