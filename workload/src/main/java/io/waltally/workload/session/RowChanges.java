package io.waltally.workload.session;

/** Rows of one table that committed transactions inserted, updated and deleted, cascades included. */
public record RowChanges(long insert, long update, long delete) {
    public static final RowChanges NONE = new RowChanges(0, 0, 0);

    static RowChanges inserted(long rows) {
        return new RowChanges(rows, 0, 0);
    }

    static RowChanges updated(long rows) {
        return new RowChanges(0, rows, 0);
    }

    public static RowChanges deleted(long rows) {
        return new RowChanges(0, 0, rows);
    }

    public RowChanges plus(RowChanges other) {
        return new RowChanges(insert + other.insert, update + other.update, delete + other.delete);
    }

    public long total() {
        return insert + update + delete;
    }
}
