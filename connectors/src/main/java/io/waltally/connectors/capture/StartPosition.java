package io.waltally.connectors.capture;

import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.error.CaptureException;
import io.waltally.connectors.capture.error.CapturedElsewhereException;
import io.waltally.connectors.capture.error.NewEpochRemedy;
import io.waltally.connectors.capture.source.SlotState;
import io.waltally.connectors.capture.source.SourceIdentity;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.control.SnapshotState;
import io.waltally.schemas.control.Watermark;
import java.time.Duration;
import java.util.Optional;

/** Decides how a capture starts, from the state of its source in Kafka and on the server. */
enum StartPosition {
    /**
     * Creates a slot and takes a snapshot of the position from which the slot streams. Rows of an unfinished snapshot
     * are read again.
     */
    SNAPSHOT,
    /** Continues a snapshot that was interrupted, then streams from its slot. */
    REST_OF_SNAPSHOT,
    /** Streams from the watermark. */
    STREAM;

    /** A process that captures writes a watermark more often: every ten seconds also of an idle database. */
    static final Duration WATERMARKS_OF_A_CAPTURE = Duration.ofSeconds(30);

    /**
     * Decides where to start. Never skips a change: a position is valid only for the server and timeline on which it was recorded.
     *
     * @throws CaptureException if an operator has to decide
     */
    static StartPosition of(
            CaptureConfig config, Optional<Watermark> last, SourceIdentity server, Optional<SlotState> slot) {
        if (last.isEmpty()) {
            if (slot.isPresent()) {
                throw new CaptureException("replication slot " + config.slot()
                        + " exists, but Kafka has no watermark of "
                        + config.source() + ": changes may have been consumed through it that Kafka never got. Kafka"
                        + " (kafka.bootstrap.servers) and the schema registry (registry.url) may be others than those that capture"
                        + " wrote to. If they are the same, and the slot is waltally's own and nothing else uses it, "
                        + remedy(config) + " makes a new one");
            }
            return SNAPSHOT;
        }
        Watermark watermark = last.get();
        Lsn position = new Lsn(watermark.getLsn());
        if (position.equals(Lsn.ZERO)) {
            // A declared epoch that has not begun: nothing was published that could be missed.
            return SNAPSHOT;
        }
        checkServer(config, watermark, server);
        Optional<String> lost = slot.isEmpty()
                ? Optional.of("replication slot " + config.slot() + " does not exist any more")
                : slot.flatMap(there -> unusable(there, position));
        if (watermark.getSnapshot().getState() == SnapshotState.RUNNING) {
            return lost.isPresent() ? SNAPSHOT : REST_OF_SNAPSHOT;
        }
        if (lost.isPresent()) {
            throw new CaptureException(lost.get() + ": changes after " + position + " may be lost. " + remedy(config)
                    + " takes a snapshot in which rows that vanished meanwhile become tombstones");
        }
        return STREAM;
    }

    /** @throws CaptureException if the source is captured through another slot than the configured one */
    static void requireKnownSlot(CaptureConfig config, Watermark watermark) {
        if (hasBegun(watermark) && !watermark.getSlot().equals(config.slot())) {
            throw new CaptureException("the slot of " + config.source() + " is configured as " + config.slot()
                    + ", and Kafka has " + config.source() + " as captured through slot " + watermark.getSlot()
                    + ". Configure that one. If another one is meant from now on, stop the process that captures and let "
                    + remedy(config) + " read all tables again through it; drop slot " + watermark.getSlot()
                    + " then, for it retains WAL");
        }
    }

    /** @throws CaptureException if the data in Kafka comes from another server */
    static void requireKnownServer(CaptureConfig config, Watermark watermark, SourceIdentity server) {
        if (hasBegun(watermark)) {
            checkServer(config, watermark, server);
        }
    }

    /** The error for a configuration that contradicts the one with which another process captures. */
    static CapturedElsewhereException capturedElsewhere(
            CaptureConfig config, CaptureException contradiction, Duration ago) {
        return new CapturedElsewhereException(contradiction.getMessage() + ". Another process captures "
                + config.source() + ": it wrote a watermark " + ago.toSeconds()
                + " s ago. A new epoch with this configuration would end that capture; if that is meant, stop that"
                + " process, wait for " + WATERMARKS_OF_A_CAPTURE.toSeconds()
                + " s and repeat the command, or give it --force");
    }

    static boolean hasBegun(Watermark watermark) {
        return watermark.getLsn() != Lsn.ZERO.value();
    }

    /** The error for a watermark of another history. */
    static CaptureException otherHistory(CaptureConfig config, Watermark watermark, String why) {
        return new CaptureException("the server of " + config.source() + " has another history than Kafka, which has "
                + config.source() + " up to " + new Lsn(watermark.getLsn()) + ": " + why
                + ". It may have been restored, replaced or promoted. If it is the right one, " + remedy(config)
                + " takes a snapshot of it, in which rows that no longer exist become tombstones");
    }

    /** The error for topics that have lost records. */
    static CaptureException lostRecords(CaptureConfig config, String why) {
        return new CaptureException(why + ". Rows are missing in it that do not change again. " + remedy(config)
                + " reads the tables into their topics again. If a start of the topologies asks to let them begin anew, do"
                + " that first");
    }

    /** The error for topics whose number of partitions has changed since rows were written to them. */
    static CaptureException otherPartitions(CaptureConfig config, int written, int configured) {
        return new CaptureException("topics.partitions is " + configured + ", and the topics of " + config.source()
                + " were written with " + written
                + ": rows would go to other partitions than their earlier records, and"
                + " be counted in both. Another number of partitions takes all topics anew"
                + " (docs/tallies.md#changing-it); a new epoch does not help");
    }

    private static void checkServer(CaptureConfig config, Watermark watermark, SourceIdentity server) {
        if (watermark.getSystemIdentifier() != server.systemIdentifier()) {
            throw otherHistory(
                    config,
                    watermark,
                    "its system identifier is " + Long.toUnsignedString(server.systemIdentifier()) + ", not "
                            + Long.toUnsignedString(watermark.getSystemIdentifier()));
        }
        if (watermark.getTimeline() != server.timeline()) {
            throw otherHistory(
                    config, watermark, "it is on timeline " + server.timeline() + ", not " + watermark.getTimeline());
        }
        if (new Lsn(watermark.getLsn()).isAfter(server.written())) {
            throw otherHistory(config, watermark, "its WAL ends at " + server.written());
        }
    }

    private static Optional<String> unusable(SlotState slot, Lsn position) {
        if (slot.isLost()) {
            return Optional.of("replication slot " + slot.name() + " was invalidated ("
                    + slot.invalidation().orElse("max_slot_wal_keep_size")
                    + "): the server removed WAL that it needed");
        }
        if (slot.confirmed().isAfter(position)) {
            return Optional.of("replication slot " + slot.name() + " stands at " + slot.confirmed()
                    + ", ahead of what Kafka has: it was created anew, or something else consumed from it");
        }
        return Optional.empty();
    }

    private static String remedy(CaptureConfig config) {
        return "\"" + NewEpochRemedy.command(config.source()) + "\"";
    }
}
