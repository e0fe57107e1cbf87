package io.waltally.schemas;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * The headers of a cdc record (UTF-8 text): its place in the history of the source, readable without its value.
 *
 * @param epoch incarnation of the source; positions of different epochs cannot be compared
 * @param transactionId PostgreSQL's transaction id; 0 for a row of a snapshot
 * @param sequence increases in commit order within an epoch; equal for all records of a transaction
 * @param position increases within the transaction
 * @param commitLsn end LSN of the transaction, present only on its last record in each partition
 */
public record ChangeHeaders(
        Source source, int epoch, long transactionId, long sequence, long position, Optional<Lsn> commitLsn) {
    public static final String SOURCE = "waltally.source";
    public static final String EPOCH = "waltally.epoch";
    public static final String TRANSACTION_ID = "waltally.txid";
    public static final String SEQUENCE = "waltally.seq";
    public static final String POSITION = "waltally.pos";
    public static final String LAST = "waltally.last";
    public static final String COMMIT_LSN = "waltally.commit-lsn";

    /**
     * Header of records with values that their schema cannot express, which are null: a JSON object with {@code before}
     * and {@code after}, each with the texts of the values by column.
     */
    public static final String UNREPRESENTABLE = "waltally.unrepresentable";

    /** Debezium's header of an insert that is the second half of a changed primary key: the former key, in JSON. */
    public static final String OLD_KEY = "__debezium.oldkey";

    private static final byte[] TRUE = {'1'};

    /** Whether the transaction has no further record in this partition. */
    public boolean last() {
        return commitLsn.isPresent();
    }

    /** Writes these headers, except those of the last record, which are unknown before the end of the transaction. */
    public void addTo(Headers headers) {
        headers.add(SOURCE, utf8(source.id()));
        headers.add(EPOCH, utf8(Integer.toString(epoch)));
        headers.add(TRANSACTION_ID, utf8(Long.toString(transactionId)));
        headers.add(SEQUENCE, utf8(Long.toString(sequence)));
        headers.add(POSITION, utf8(Long.toString(position)));
        commitLsn.ifPresent(lsn -> markLast(headers, lsn));
    }

    /** Marks a record as the last of its transaction in its partition. */
    public static void markLast(Headers headers, Lsn commitLsn) {
        headers.add(LAST, TRUE);
        headers.add(COMMIT_LSN, utf8(commitLsn.toString()));
    }

    /** Whether a record is marked as the last of its transaction in its partition; reads no other header. */
    public static boolean isMarkedLast(Headers headers) {
        return headers.lastHeader(LAST) != null;
    }

    /** Whether capture wrote the record; reads one header. */
    public static boolean arePresent(Headers headers) {
        return headers.lastHeader(SEQUENCE) != null;
    }

    /**
     * Whether {@link Change#UNAVAILABLE_VALUE} in a record stands for a value that the server omitted. In other records it
     * is a value of the row.
     */
    public static boolean mayOmitValues(Operation operation, Headers headers) {
        return operation == Operation.UPDATE || (operation == Operation.CREATE && headers.lastHeader(OLD_KEY) != null);
    }

    /** @throws IllegalArgumentException naming the header that is missing or malformed */
    public static ChangeHeaders from(Headers headers) {
        return new ChangeHeaders(
                Source.of(required(headers, SOURCE)),
                epoch(headers),
                number(headers, TRANSACTION_ID),
                number(headers, SEQUENCE),
                number(headers, POSITION),
                Optional.ofNullable(text(headers, COMMIT_LSN)).map(Lsn::parse));
    }

    /**
     * Reads only the epoch.
     *
     * @throws IllegalArgumentException if its header is missing or malformed
     */
    public static int epoch(Headers headers) {
        return (int) number(headers, EPOCH);
    }

    private static long number(Headers headers, String name) {
        String text = required(headers, name);
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("header " + name + " is \"" + text + "\", not a number", e);
        }
    }

    private static String required(Headers headers, String name) {
        String text = text(headers, name);
        if (text == null) {
            throw new IllegalArgumentException("header " + name + " is missing: not a record written by capture");
        }
        return text;
    }

    private static @Nullable String text(Headers headers, String name) {
        Header header = headers.lastHeader(name);
        return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
