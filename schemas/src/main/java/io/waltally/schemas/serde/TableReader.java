package io.waltally.schemas.serde;

import java.util.List;
import org.apache.avro.Schema;

/** The columns of a captured table, in its key and its rows, that topologies read. */
public final class TableReader {
    private final Schema key;
    private final Schema row;

    public TableReader(Schema key, Schema row) {
        this.key = key;
        this.row = row;
    }

    /** The conflicts of a key schema with these columns. */
    public List<ColumnConflict> conflictsOfKey(Schema written) {
        return ColumnConflict.between(key, written);
    }

    /** The conflicts of an envelope schema with these columns. */
    public List<ColumnConflict> conflictsOfEnvelope(Schema written) {
        return ColumnConflict.between(row, written);
    }
}
