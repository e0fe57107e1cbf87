package io.waltally.app.status;

import io.waltally.app.config.value.ByteSize;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Formats a status report for a terminal. */
public final class StatusTable {
    private static final String ABSENT = "-";
    private static final String SOURCES = "%-8s %-12s %-14s %-14s %-14s %12s %9s";
    private static final String SLOTS = "%-8s %-24s %-7s %-14s %-10s %12s %12s %9s";
    private static final String STAGES = "%-8s %-12s %12s %9s";
    private static final String SINKS = "%-16s %-20s %-12s %12s %9s %14s";

    private StatusTable() {}

    public static String of(StatusReport report) {
        List<String> lines = new ArrayList<>();
        lines.add(row(SOURCES, "SOURCE", "STATE", "SERVER LSN", "CAPTURED LSN", "APPLIED LSN", "LAG", "LAG TIME"));
        for (Map.Entry<String, SourceStatus> entry : report.sources().entrySet()) {
            SourceStatus source = entry.getValue();
            lines.add(row(
                    SOURCES,
                    entry.getKey(),
                    source.state(),
                    source.serverLsn().orElse(ABSENT),
                    source.capturedLsn().orElse(ABSENT),
                    source.appliedLsn().orElse(ABSENT),
                    source.lagBytes().map(ByteSize::shown).orElse(ABSENT),
                    source.lagSeconds()
                            .map(seconds -> String.format(Locale.ROOT, "%.1f s", seconds))
                            .orElse(ABSENT)));
            source.reason().ifPresent(reason -> lines.add("  " + reason));
            source.limitations().forEach(limitation -> lines.add("  " + limitation));
            source.snapshots().forEach(snapshot -> lines.add("  " + reading(snapshot)));
            source.failedSnapshots()
                    .forEach(snapshot -> lines.add("  the snapshot of " + snapshot.table()
                            + " that was asked for failed at " + snapshot.failedAt() + ": " + snapshot.reason()));
            if (source.deadLetters() > 0) {
                lines.add("  " + letters(source.deadLetters()) + " ('waltally dlq list --stage capture')");
            }
        }
        lines.add("");
        lines.add(row(SLOTS, "SOURCE", "SLOT", "ACTIVE", "CONFIRMED", "WAL", "RETAINED", "LIMIT", "LEFT"));
        report.sources()
                .forEach((id, source) -> source.slot()
                        .ifPresent(slot -> lines.add(row(
                                SLOTS,
                                id,
                                slot.name(),
                                slot.active() ? "yes" : "no",
                                slot.confirmedFlushLsn().orElse(ABSENT),
                                slot.walStatus().orElse(ABSENT),
                                slot.retainedBytes().map(ByteSize::shown).orElse(ABSENT),
                                slot.maxSlotWalKeepSize().map(ByteSize::shown).orElse(ABSENT),
                                slot.secondsLeft()
                                        .map(seconds -> seconds + " s")
                                        .orElse(ABSENT)))));
        lines.add("");
        lines.add(row(STAGES, "STAGE", "STATE", "LAG", "THREADS"));
        report.stages().forEach((name, stage) -> {
            lines.add(row(
                    STAGES,
                    name,
                    stage.state(),
                    stage.lag().map(lag -> lag + " records").orElse(ABSENT),
                    stage.members().map(String::valueOf).orElse(ABSENT)));
            stage.reason().ifPresent(reason -> lines.add("  " + reason));
            stage.deadLetters()
                    .forEach((source, count) -> setAside(source, count).ifPresent(lines::add));
        });
        if (!report.sinks().isEmpty()) {
            addSinks(report.sinks(), lines);
        }
        return String.join(System.lineSeparator(), lines);
    }

    private static void addSinks(Map<String, SinkSummary> sinks, List<String> lines) {
        lines.add("");
        lines.add(row(SINKS, "SINK", "TYPE", "STATE", "LAG", "LAG TIME", "APPLIED LSN"));
        sinks.forEach((name, sink) -> {
            lines.add(row(
                    SINKS,
                    name,
                    sink.type(),
                    sink.state(),
                    sink.lag().map(lag -> lag + " records").orElse(ABSENT),
                    sink.lagSeconds()
                            .map(seconds -> String.format(Locale.ROOT, "%.1f s", seconds))
                            .orElse(ABSENT),
                    sink.appliedLsn().orElse(ABSENT)));
            sink.reason().ifPresent(reason -> lines.add("  " + reason));
            if (sink.deadLetters() > 0) {
                lines.add("  " + letters(sink.deadLetters()) + " ('waltally dlq list --stage sinks --sink " + name
                        + "')");
            }
        });
    }

    private static Optional<String> setAside(String whose, DeadLetterCount count) {
        return count.total() == 0
                ? Optional.empty()
                : Optional.of("  " + letters(count.total()) + " of " + whose
                        + (count.unattributed() == 0 ? "" : ", " + count.unattributed() + " of them of no known tally")
                        + " ('waltally dlq list')");
    }

    private static String letters(long count) {
        return count + (count == 1 ? " open dead letter" : " open dead letters");
    }

    private static String reading(SnapshotStatus snapshot) {
        return "reading " + snapshot.table() + ": " + snapshot.rows() + " rows"
                + snapshot.estimate().map(all -> " of about " + all).orElse("")
                + snapshot.rowsPerSecond().map(rate -> ", " + rate + " rows/s").orElse("")
                + snapshot.secondsLeft().map(left -> ", " + left + " s left").orElse("");
    }

    private static String row(String format, Object... cells) {
        return String.format(Locale.ROOT, format, cells).stripTrailing();
    }
}
