package io.waltally.connectors.capture.snapshot;

import io.waltally.schemas.Lsn;
import io.waltally.schemas.control.PendingTable;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A table whose rows are being read into its topic, and the progress.
 *
 * @param since "topic-partition" -> end of the table's topic at the beginning: earlier records are older
 * @param from first values of the primary key, inclusive; empty: from the beginning
 * @param to first values of the primary key, exclusive; empty: to the end
 * @param lastKey primary key of the last row read; empty before the first one
 * @param estimate number of rows as estimated by the server; 0 if unknown
 * @param request id of the request to read it; empty if its topic lacked it
 * @param completeAt set when all rows are read: the table is complete once the stream has reached this LSN
 */
public record TableSnapshot(
        String table,
        Map<String, Long> since,
        List<String> from,
        List<String> to,
        List<String> lastKey,
        long rows,
        long estimate,
        Optional<Instant> startedAt,
        Optional<Lsn> completeAt,
        Optional<String> request) {
    public TableSnapshot {
        since = Map.copyOf(since);
        from = List.copyOf(from);
        to = List.copyOf(to);
        lastKey = List.copyOf(lastKey);
    }

    public static TableSnapshot whole(String table, Map<String, Long> since) {
        return new TableSnapshot(
                table,
                since,
                List.of(),
                List.of(),
                List.of(),
                0,
                0,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    static TableSnapshot requested(String request, String table, List<String> from, List<String> to) {
        return new TableSnapshot(
                table, Map.of(), from, to, List.of(), 0, 0, Optional.empty(), Optional.empty(), Optional.of(request));
    }

    TableSnapshot since(Map<String, Long> ends) {
        return new TableSnapshot(table, ends, from, to, lastKey, rows, estimate, startedAt, completeAt, request);
    }

    boolean isWholeTable() {
        return from.isEmpty() && to.isEmpty();
    }

    TableSnapshot started(long estimatedRows, Instant now) {
        return new TableSnapshot(
                table,
                since,
                from,
                to,
                lastKey,
                rows,
                estimatedRows,
                startedAt.or(() -> Optional.of(now)),
                completeAt,
                request);
    }

    TableSnapshot read(long more, List<String> key) {
        return new TableSnapshot(table, since, from, to, key, rows + more, estimate, startedAt, completeAt, request);
    }

    TableSnapshot allRead(Lsn position) {
        return new TableSnapshot(
                table,
                since,
                from,
                to,
                lastKey,
                rows,
                estimate,
                startedAt,
                Optional.of(completeAt.orElse(position)),
                request);
    }

    public PendingTable toAvro() {
        return new PendingTable(
                table,
                since,
                nullIfEmpty(from),
                nullIfEmpty(to),
                nullIfEmpty(lastKey),
                rows,
                estimate,
                // The precision of the topic: microseconds.
                startedAt.map(time -> time.truncatedTo(ChronoUnit.MICROS)).orElse(null),
                completeAt.map(Lsn::value).orElse(null),
                request.orElse(null));
    }

    public static TableSnapshot of(PendingTable pending) {
        return new TableSnapshot(
                pending.getTable(),
                pending.getSince(),
                emptyIfNull(pending.getFrom()),
                emptyIfNull(pending.getTo()),
                emptyIfNull(pending.getLastKey()),
                pending.getRows(),
                pending.getEstimate(),
                Optional.ofNullable(pending.getStartedAt()),
                Optional.ofNullable(pending.getCompleteAt()).map(Lsn::new),
                Optional.ofNullable(pending.getRequest()));
    }

    private static List<String> nullIfEmpty(List<String> values) {
        return values.isEmpty() ? null : values;
    }

    private static List<String> emptyIfNull(List<String> values) {
        return values == null ? List.of() : values;
    }
}
