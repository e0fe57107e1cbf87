package io.waltally.connectors.capture.retention;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Decides when the retained WAL deserves a log line: once when it crosses each threshold, and once when it has
 * recovered.
 */
final class RetentionAlarm {
    /** Fractions of the server's limit. */
    private static final List<Integer> PERCENTAGES = List.of(50, 75, 90);

    private static final int SERIOUS = PERCENTAGES.size();
    private static final int LOST = SERIOUS + 1;

    /** Hysteresis: recovered means below this part of the lowest threshold. */
    private static final double RECOVERED = 0.9;

    private final long sizeWithoutLimit;
    private int crossed;

    /** A log line. */
    record Notice(Severity severity, String message) {}

    enum Severity {
        RECOVERED,
        WARNING,
        SERIOUS
    }

    /** @param sizeWithoutLimit the threshold in bytes if the server sets no limit */
    RetentionAlarm(long sizeWithoutLimit) {
        this.sizeWithoutLimit = sizeWithoutLimit;
    }

    Optional<Notice> check(RetainedWal wal) {
        Optional<ServerWal.Slot> found = wal.server().slot();
        if (found.isEmpty()) {
            crossed = 0;
            return Optional.empty();
        }
        ServerWal.Slot slot = found.get();
        Optional<Long> limit = wal.server().keepLimit();
        long retained = slot.retainedBytes().orElse(0L);
        int crossing = slot.lost() ? LOST : crossed(retained, limit);
        if (crossing > crossed) {
            crossed = crossing;
            return Optional.of(new Notice(
                    crossing >= SERIOUS ? Severity.SERIOUS : Severity.WARNING,
                    slot.lost() ? lost(slot) : tooMuch(slot.name(), retained, limit, wal)));
        }
        if (crossed > 0 && !slot.lost() && retained < RECOVERED * lowestThreshold(limit)) {
            crossed = 0;
            return Optional.of(new Notice(
                    Severity.RECOVERED,
                    "slot " + slot.name() + " has recovered: it retains " + mebibytes(retained) + " of WAL"));
        }
        return Optional.empty();
    }

    private int crossed(long retained, Optional<Long> limit) {
        if (limit.isEmpty()) {
            return retained >= sizeWithoutLimit ? 1 : 0;
        }
        return (int) PERCENTAGES.stream()
                .filter(percentage -> retained >= limit.get() / 100.0 * percentage)
                .count();
    }

    private double lowestThreshold(Optional<Long> limit) {
        return limit.map(bytes -> bytes / 100.0 * PERCENTAGES.get(0)).orElse((double) sizeWithoutLimit);
    }

    private static String tooMuch(String slot, long retained, Optional<Long> limit, RetainedWal wal) {
        String amount = "slot " + slot + " retains " + mebibytes(retained) + " of WAL";
        if (limit.isEmpty()) {
            return amount + ", and max_slot_wal_keep_size sets no limit: it grows until the disk is full";
        }
        return amount + ", " + (long) (100.0 * retained / limit.get()) + " % of max_slot_wal_keep_size ("
                + mebibytes(limit.get()) + ")"
                + wal.timeLeft()
                        .map(left -> ", which is reached in " + shown(left) + " at this rate")
                        .orElse("")
                + "; beyond it the server invalidates the slot, and changes are lost";
    }

    private static String lost(ServerWal.Slot slot) {
        return "slot " + slot.name() + " is lost"
                + slot.invalidationReason().map(reason -> " (" + reason + ")").orElse("")
                + ": the server has removed WAL that it still needed";
    }

    private static String mebibytes(long bytes) {
        return (bytes >> 20) + " MiB";
    }

    private static String shown(Duration left) {
        return left.toMinutes() > 0 ? left.toMinutes() + " min" : left.toSeconds() + " s";
    }
}
