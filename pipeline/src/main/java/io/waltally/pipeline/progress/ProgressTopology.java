package io.waltally.pipeline.progress;

import io.waltally.pipeline.row.RowEvent;
import io.waltally.pipeline.state.NullIfUnreadable;
import io.waltally.pipeline.state.StateStores;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.control.WatermarkKey;
import io.waltally.schemas.topic.TopicCatalogue;
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

/** Row changes and watermarks of a source -> the position up to which each partition was read. */
public final class ProgressTopology {
    /** The last watermark of each source, on every instance. */
    public static final String WATERMARKS_STORE = "watermarks";

    private final TopicCatalogue topics;
    private final Duration interval;

    /** @param interval at which a partition emits its progress */
    public ProgressTopology(TopicCatalogue topics, Duration interval) {
        this.topics = topics;
        this.interval = interval;
    }

    /** Adds the global store of watermarks, once for all sources. */
    public void addTo(StreamsBuilder builder) {
        builder.globalTable(
                topics.watermarks().name(),
                // The store has these serdes too.
                Consumed.with(
                                topics.watermarks().keySerde(),
                                NullIfUnreadable.of(topics.watermarks().valueSerde()))
                        .withName("read-watermarks"),
                Materialized.<WatermarkKey, Watermark, KeyValueStore<Bytes, byte[]>>as(WATERMARKS_STORE)
                        .withKeySerde(topics.watermarks().keySerde())
                        .withValueSerde(topics.watermarks().valueSerde()));
    }

    /**
     * The watermarks that one partition has reached, each after the results of the records that it covers.
     *
     * @param rows row changes of the tables, by noun
     * @param tables the tables
     */
    public KStream<String, SourceProgress> measure(
            StreamsBuilder builder,
            Source source,
            List<String> tables,
            Map<String, KStream<?, ? extends RowEvent<?>>> rows,
            GlobalStoreProgress globalStore) {
        builder.addStateStore(StateStores.inMemory(offsetsStore(source), Serdes.String(), Serdes.Long()));
        ProcessorSupplier<Object, RowEvent<?>, String, Long> trackOffsets = TrackOffsets::new;
        KStream<String, Long> offsets = null;
        for (Map.Entry<String, KStream<?, ? extends RowEvent<?>>> table : rows.entrySet()) {
            KStream<String, Long> next =
                    table.getValue().process(trackOffsets, Named.as("track-offset-of-" + table.getKey()));
            offsets = offsets == null ? next : offsets.merge(next, Named.as("merge-offset-of-" + table.getKey()));
        }
        List<String> read = tables.stream().map(source::topicOf).toList();
        return offsets.process(
                () -> new TrackSourceProgress(source, read, interval, globalStore),
                Named.as("measure-progress-of-" + source),
                offsetsStore(source));
    }

    static String offsetsStore(Source source) {
        return source + "-read-offsets";
    }
}
