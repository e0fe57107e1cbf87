package io.waltally.app.tally;

import io.waltally.schemas.Lsn;
import io.waltally.schemas.OutputStage;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.Applied;
import io.waltally.schemas.control.AppliedKey;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.topic.TopicCatalogue;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The positions up to which the tallies in their topics are complete. A reader of the tallies may be behind: its own
 * position follows from the sequence numbers that it has read.
 *
 * <p>One thread adds records, any thread may ask.
 */
public final class AppliedPositions {
    private final int partitions;
    private final Map<AppliedKey, Position> positions = new ConcurrentHashMap<>();
    private final Map<Source, Integer> epochs = new ConcurrentHashMap<>();

    public AppliedPositions(TopicCatalogue topics) {
        this.partitions = topics.userStorage().partitions();
    }

    /** @param value null for a tombstone */
    public void applied(AppliedKey key, @Nullable Applied value) {
        if (value == null) {
            positions.remove(key);
        } else {
            positions.computeIfAbsent(key, added -> new Position()).add(value);
        }
    }

    /** Positions of an earlier epoch are void. */
    public void watermark(Source source, Watermark watermark) {
        epochs.put(source, watermark.getEpoch());
    }

    /** The position of all outputs of a source in their topics; empty while unknown. */
    public Optional<AsOf> of(Source source) {
        return of(OutputStage.of(source), (partition, sequences) -> true);
    }

    /**
     * The position of some stages as a reader has it.
     *
     * @param read whether everything up to these sequence numbers was read
     */
    public Optional<AsOf> of(List<OutputStage> stages, Read read) {
        Optional<AsOf> least = Optional.empty();
        for (OutputStage stage : stages) {
            for (int partition = 0; partition < partitions; partition++) {
                Optional<AsOf> asOf = of(stage, partition, read);
                if (asOf.isEmpty()) {
                    return Optional.empty();
                }
                least = least.isPresent() && least.get().compareTo(asOf.get()) <= 0 ? least : asOf;
            }
        }
        return least;
    }

    /** The position of one task of a stage as a reader has it. */
    public Optional<AsOf> of(OutputStage stage, int partition, Read read) {
        AppliedKey key = new AppliedKey(stage.source().id(), stage.id(), partition);
        Position position = positions.get(key);
        if (position == null) {
            return Optional.empty();
        }
        return position.complete(applied -> read.reached(partition, applied.getSequences()))
                .filter(applied -> applied.getEpoch() == epochs.getOrDefault(stage.source(), Integer.MIN_VALUE))
                .map(applied -> new AsOf(stage.source(), applied.getEpoch(), new Lsn(applied.getLsn())));
    }

    /** The progress of a reader. */
    @FunctionalInterface
    public interface Read {
        /** @param sequences sequence numbers in that partition, by topic */
        boolean reached(int partition, Map<String, Long> sequences);
    }

    /**
     * Keeps two positions: a reader often lacks the records of the newest, and hardly ever those of the one before.
     */
    private static final class Position {
        private @Nullable Applied complete;
        private @Nullable Applied previous;
        private @Nullable Applied newest;

        synchronized void add(Applied applied) {
            previous = newest;
            newest = applied;
        }

        synchronized Optional<Applied> complete(Predicate<Applied> read) {
            if (newest != null && read.test(newest)) {
                complete = newest;
                previous = null;
            } else if (previous != null && read.test(previous)) {
                complete = previous;
            }
            return Optional.ofNullable(complete);
        }
    }
}
