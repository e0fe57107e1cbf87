package io.waltally.pipeline.progress;

import io.waltally.pipeline.fold.RowEvent;
import io.waltally.pipeline.state.StateStores;
import io.waltally.schemas.Source;
import io.waltally.schemas.TopicCatalogue;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.control.WatermarkKey;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.state.KeyValueStore;

/** Rows of a source, and its watermarks -> up to where each partition has read the source. */
public final class ProgressTopology {
    /** The last watermark of each source, on every instance. */
    public static final String WATERMARKS_STORE = "watermarks";

    private final TopicCatalogue topics;
    private final Duration interval;

    /** @param interval at which a partition tells how far it has read */
    public ProgressTopology(TopicCatalogue topics, Duration interval) {
        this.topics = topics;
        this.interval = interval;
    }

    /** What {@link #measure} needs, once for all sources. */
    public void addTo(StreamsBuilder builder) {
        builder.globalTable(
                topics.watermarks().name(),
                Consumed.with(
                                topics.watermarks().keySerde(),
                                topics.watermarks().valueSerde())
                        .withName("read-watermarks"),
                Materialized.<WatermarkKey, Watermark, KeyValueStore<Bytes, byte[]>>as(WATERMARKS_STORE));
    }

    /**
     * Watermarks that one partition has reached, behind everything that follows from its records up to there.
     *
     * @param rows of the tables that tasks read, by noun
     * @param tables which those are
     */
    public KStream<String, Reached> measure(
            StreamsBuilder builder,
            Source source,
            List<String> tables,
            Map<String, KStream<?, ? extends RowEvent<?>>> rows,
            ReadElsewhere elsewhere) {
        builder.addStateStore(StateStores.inMemory(offsetsStore(source), Serdes.String(), Serdes.Long()));
        ProcessorSupplier<Object, RowEvent<?>, String, Long> note = NextOffset::new;
        KStream<String, Long> offsets = null;
        for (Map.Entry<String, KStream<?, ? extends RowEvent<?>>> table : rows.entrySet()) {
            KStream<String, Long> next = table.getValue().process(note, Named.as("note-offset-of-" + table.getKey()));
            offsets = offsets == null ? next : offsets.merge(next, Named.as("merge-offset-of-" + table.getKey()));
        }
        List<String> read = tables.stream().map(source::topicOf).toList();
        return offsets.process(
                () -> new MeasureProgress(source, read, interval, elsewhere),
                Named.as("measure-progress-of-" + source),
                offsetsStore(source));
    }

    static String offsetsStore(Source source) {
        return source + "-read-offsets";
    }
}
