package io.waltally.schemas;

import java.util.List;
import org.apache.avro.Schema;

/** What topologies read of a captured table: the columns of its key and of its rows that they name. */
public final class TableReader {
    private final Schema key;
    private final Schema row;

    TableReader(Schema key, Schema row) {
        this.key = key;
        this.row = row;
    }

    /** What topologies could not read of keys written with this schema. */
    public List<ColumnConflict> conflictsOfKey(Schema written) {
        return ColumnConflict.between(key, written);
    }

    /** What topologies could not read of Debezium's envelopes written with this schema. */
    public List<ColumnConflict> conflictsOfEnvelope(Schema written) {
        return ColumnConflict.between(row, written);
    }
}
