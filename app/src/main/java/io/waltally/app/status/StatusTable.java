package io.waltally.app.status;

import io.waltally.app.config.value.ByteSize;
import io.waltally.app.terminal.TextTable;
import io.waltally.app.terminal.TextTable.Column;
import io.waltally.schemas.Counted;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Formats a status report for a terminal of 80 columns: what may be long is in the last column, or on a line of its own. */
public final class StatusTable {
    private static final String ABSENT = "-";

    private StatusTable() {}

    public static String of(StatusReport report) {
        List<String> lines = Stream.of(
                        sources(report.sources()),
                        slots(report.sources()),
                        stages(report.stages()),
                        sinks(report.sinks()),
                        writing(report.sinks()))
                .filter(table -> !table.isEmpty())
                .flatMap(table -> Stream.concat(Stream.of(""), table.stream()))
                .skip(1)
                .toList();
        return String.join(System.lineSeparator(), lines);
    }

    private static List<String> sources(Map<String, SourceStatus> sources) {
        TextTable table = new TextTable(
                Column.text("SOURCE"),
                Column.text("STATE"),
                Column.text("SERVER LSN"),
                Column.text("CAPTURED LSN"),
                Column.text("APPLIED LSN"),
                Column.figures("LAG"),
                Column.figures("LAG TIME"));
        sources.forEach((id, source) -> {
            table.row(
                    id,
                    source.state(),
                    source.serverLsn().orElse(ABSENT),
                    source.capturedLsn().orElse(ABSENT),
                    source.appliedLsn().orElse(ABSENT),
                    bytes(source.lagBytes()),
                    seconds(source.lagSeconds()));
            source.reason().ifPresent(reason -> table.text("  " + reason));
            source.limitations().forEach(limitation -> table.text("  " + limitation));
            source.snapshots().forEach(snapshot -> table.text("  " + reading(snapshot)));
            source.failedSnapshots()
                    .forEach(snapshot -> table.text("  the snapshot of " + snapshot.table()
                            + " that was asked for failed at " + snapshot.failedAt() + ": " + snapshot.reason()));
            if (source.deadLetters() > 0) {
                table.text("  " + letters(source.deadLetters()) + " ('waltally dlq list --stage capture')");
            }
        });
        return table.lines();
    }

    private static List<String> slots(Map<String, SourceStatus> sources) {
        TextTable table = new TextTable(
                Column.text("SOURCE"),
                Column.text("ACTIVE"),
                Column.text("CONFIRMED"),
                Column.text("WAL"),
                Column.figures("RETAINED"),
                Column.figures("LIMIT"),
                Column.figures("LEFT"),
                Column.text("SLOT"));
        sources.forEach((id, source) -> source.slot()
                .ifPresent(slot -> table.row(
                        id,
                        slot.active() ? "yes" : "no",
                        slot.confirmedFlushLsn().orElse(ABSENT),
                        slot.walStatus().orElse(ABSENT),
                        bytes(slot.retainedBytes()),
                        bytes(slot.maxSlotWalKeepSize()),
                        slot.secondsLeft().map(seconds -> seconds + " s").orElse(ABSENT),
                        slot.name())));
        return table.lines();
    }

    private static List<String> stages(Map<String, StageStatus> stages) {
        TextTable table = new TextTable(
                Column.text("STAGE"), Column.text("STATE"), Column.figures("LAG"), Column.figures("THREADS"));
        stages.forEach((name, stage) -> {
            table.row(
                    name,
                    stage.state(),
                    stage.lag().map(lag -> Counted.of(lag, "record")).orElse(ABSENT),
                    stage.members().map(String::valueOf).orElse(ABSENT));
            stage.reason().ifPresent(reason -> table.text("  " + reason));
            stage.deadLetters()
                    .forEach((source, count) -> setAside(source, count).ifPresent(table::text));
        });
        return table.lines();
    }

    private static List<String> sinks(Map<String, SinkSummary> sinks) {
        TextTable table = new TextTable(
                Column.text("SINK"),
                Column.text("STATE"),
                Column.figures("LAG"),
                Column.figures("LAG TIME"),
                Column.figures("WAL"),
                Column.text("APPLIED LSN"));
        sinks.forEach((name, sink) -> {
            table.row(
                    name,
                    sink.state(),
                    sink.lag().map(lag -> Counted.of(lag, "record")).orElse(ABSENT),
                    seconds(sink.lagSeconds()),
                    bytes(sink.lagBytes()),
                    sink.appliedLsn().orElse(ABSENT));
            sink.reason().ifPresent(reason -> table.text("  " + reason));
            if (sink.deadLetters() > 0) {
                table.text("  " + letters(sink.deadLetters()) + " ('waltally dlq list --stage sinks --sink " + name
                        + "')");
            }
        });
        return table.lines();
    }

    /** What each sink has written, as the instance knows that answers. */
    private static List<String> writing(Map<String, SinkSummary> sinks) {
        TextTable table = new TextTable(
                Column.text("SINK"),
                Column.figures("ROWS/S"),
                Column.figures("LAST BATCH"),
                Column.figures("RETRIES"),
                Column.text("TYPE"));
        sinks.forEach((name, sink) -> table.row(
                name,
                sink.rowsPerSecond()
                        .map(rate -> String.format(Locale.ROOT, "%.1f", rate))
                        .orElse(ABSENT),
                sink.lastBatch().map(records -> Counted.of(records, "record")).orElse(ABSENT),
                sink.retries().map(String::valueOf).orElse(ABSENT),
                sink.type()));
        return table.lines();
    }

    private static String bytes(Optional<Long> bytes) {
        return bytes.map(ByteSize::shown).orElse(ABSENT);
    }

    private static String seconds(Optional<Double> seconds) {
        return seconds.map(value -> String.format(Locale.ROOT, "%.1f s", value)).orElse(ABSENT);
    }

    private static Optional<String> setAside(String whose, DeadLetterCount count) {
        return count.total() == 0
                ? Optional.empty()
                : Optional.of("  " + letters(count.total()) + " of " + whose
                        + (count.unattributed() == 0 ? "" : ", " + count.unattributed() + " of them of no known tally")
                        + " ('waltally dlq list')");
    }

    private static String letters(long count) {
        return Counted.of(count, "open dead letter");
    }

    private static String reading(SnapshotStatus snapshot) {
        return "reading " + snapshot.table() + ": " + Counted.of(snapshot.rows(), "row")
                + snapshot.estimate().map(all -> " of about " + all).orElse("")
                + snapshot.rowsPerSecond().map(rate -> ", " + rate + " rows/s").orElse("")
                + snapshot.secondsLeft().map(left -> ", " + left + " s left").orElse("");
    }
}
