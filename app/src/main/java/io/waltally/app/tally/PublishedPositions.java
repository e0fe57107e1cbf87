package io.waltally.app.tally;

import io.waltally.app.config.KafkaSettings;
import io.waltally.schemas.CompleteTables;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.OutputStage;
import io.waltally.schemas.Source;
import io.waltally.schemas.UngroupedConsumer;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.sinks.target.CompletePosition;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The positions up to which topics are complete, read in the background. */
public final class PublishedPositions implements AutoCloseable {
    private final AppliedPositions applied;
    private final Map<Source, History> watermarks = new EnumMap<>(Source.class);
    private final BackgroundReading reading;

    public PublishedPositions(KafkaSettings kafka, TopicCatalogue topics) {
        applied = new AppliedPositions(topics);
        for (Source source : Source.values()) {
            watermarks.put(source, new History());
        }
        CommittedReader reader = new CommittedReader(kafka, UngroupedConsumer.FOLLOWING)
                .from(topics.applied(), (key, value, record) -> applied.applied(key, value))
                .last(2L * History.MAX_WATERMARKS, topics.watermarks(), new WatermarkHandler((source, watermark) -> {
                    applied.watermark(source, watermark);
                    watermarks.get(source).add(watermark);
                }));
        reading = new BackgroundReading("published-positions", reader);
    }

    /** The position up to which the changes of a source are in its cdc topics. */
    public Optional<CompletePosition> captured(Source source) {
        return watermarks.get(source).last().map(mark -> completeTo(source, mark));
    }

    /**
     * The position up to which everything of some tables is in their cdc topics; empty while one of them is not
     * captured, or is being read for the first time.
     */
    public Optional<CompletePosition> captured(Source source, Set<String> topics) {
        return watermarks
                .get(source)
                .last()
                .filter(mark -> CompleteTables.lacking(source, mark, topics).isEmpty())
                .map(mark -> completeTo(source, mark));
    }

    private static CompletePosition completeTo(Source source, Watermark mark) {
        return new CompletePosition(source, mark.getEpoch(), new Lsn(mark.getLsn()), mark.getCommittedAt());
    }

    /** The position up to which everything of a source is in the outputs of some stages; empty while unknown. */
    public Optional<CompletePosition> applied(List<OutputStage> stages) {
        return applied.of(stages, (partition, sequences) -> true)
                .flatMap(asOf -> watermarks
                        .get(asOf.source())
                        .committedAt(asOf)
                        .map(time -> new CompletePosition(asOf.source(), asOf.epoch(), asOf.lsn(), time)));
    }

    @Override
    public void close() {
        reading.close();
    }

    /** The last watermarks of a source. */
    private static final class History {
        /** Many more than stages are usually behind by. */
        private static final int MAX_WATERMARKS = 10_000;

        private final TreeMap<Lsn, Instant> times = new TreeMap<>();
        private Optional<Watermark> last = Optional.empty();

        synchronized void add(Watermark mark) {
            if (last.filter(before -> before.getEpoch() == mark.getEpoch()).isEmpty()) {
                times.clear();
            }
            last = Optional.of(mark);
            times.put(new Lsn(mark.getLsn()), mark.getCommittedAt());
            if (times.size() > MAX_WATERMARKS) {
                times.pollFirstEntry();
            }
        }

        synchronized Optional<Watermark> last() {
            return last;
        }

        /** The commit time of that position, or of the next known one: compaction removes earlier watermarks. */
        synchronized Optional<Instant> committedAt(AsOf asOf) {
            return Optional.ofNullable(times.ceilingEntry(asOf.lsn())).map(Map.Entry::getValue);
        }
    }
}
