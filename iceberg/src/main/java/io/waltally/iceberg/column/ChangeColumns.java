package io.waltally.iceberg.column;

import static org.apache.iceberg.types.Types.NestedField.optional;
import static org.apache.iceberg.types.Types.NestedField.required;

import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Types;

/** The columns of a table of changes that say what happened to a row, and when. Its own columns follow them. */
public final class ChangeColumns {
    public static final String OP = "_op";
    public static final String EPOCH = "_epoch";
    public static final String SEQUENCE = "_seq";

    /** {@code _pos} is reserved: Iceberg calls a row's position in its file so. */
    public static final String POSITION = "_position";

    public static final String TRANSACTION_ID = "_txid";
    public static final String COMMITTED_AT = "_committed_at";
    public static final String UNCHANGED = "_unchanged";
    public static final String UNREPRESENTABLE = "_unrepresentable";

    private static final Schema SCHEMA = new Schema(
            required(1, OP, Types.StringType.get(), "c insert, u update, d delete, r row of a snapshot"),
            required(2, EPOCH, Types.IntegerType.get(), "incarnation of the source"),
            required(3, SEQUENCE, Types.LongType.get(), "increases in commit order within an epoch"),
            required(4, POSITION, Types.LongType.get(), "increases within the transaction"),
            required(5, TRANSACTION_ID, Types.LongType.get(), "of PostgreSQL; 0 for a row of a snapshot"),
            required(
                    6,
                    COMMITTED_AT,
                    Types.TimestampType.withZone(),
                    "commit time of the transaction, or time of the snapshot"),
            optional(
                    7,
                    UNCHANGED,
                    Types.ListType.ofRequired(9, Types.StringType.get()),
                    "columns that are null because the update did not change their large values"),
            optional(
                    8,
                    UNREPRESENTABLE,
                    Types.MapType.ofRequired(10, 11, Types.StringType.get(), Types.StringType.get()),
                    "texts of values that their columns cannot have, which are null"));

    private ChangeColumns() {}

    /** Whether a column is one of these. */
    public static boolean has(String column) {
        return SCHEMA.findField(column) != null;
    }

    /** Whether a table has all of these columns. */
    public static boolean areIn(Schema table) {
        return SCHEMA.columns().stream().allMatch(column -> table.findField(column.name()) != null);
    }

    public static Schema schema() {
        return SCHEMA;
    }
}
