package io.waltally.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waltally.compatibility.ByteForms;
import io.waltally.compatibility.NamedForms;
import io.waltally.compatibility.RecordedForms;
import io.waltally.pipeline.captured.CapturedLog;
import io.waltally.pipeline.captured.Damage;
import io.waltally.pipeline.model.ObjectStoreModel;
import io.waltally.pipeline.model.ObjectStoreRequests;
import io.waltally.pipeline.model.SyncModel;
import io.waltally.pipeline.model.SyncRequests;
import io.waltally.pipeline.quota.UsageLimits;
import io.waltally.pipeline.replica.Replication;
import io.waltally.pipeline.state.ObservedStores;
import io.waltally.pipeline.tally.Amounts;
import io.waltally.pipeline.tally.Measure;
import io.waltally.pipeline.view.TallyViewTopology;
import java.lang.reflect.Field;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyDescription;
import org.apache.kafka.streams.processor.internals.InternalTopologyBuilder;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;

/** Compares the stores and internal topics of the pipeline with those that earlier versions left. */
class CompatibilityTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static final String REPARTITION = "-repartition";
    private static final long SEED = 17;

    /** A stage without tallies numbers none. */
    private static final Set<String> NEVER_WRITTEN =
            Set.of("key of store notifications-sequences", "value of store notifications-sequences");

    /** Everything happens: quotas and limits are reached, collections notified, objects lack copies. */
    private static final PipelineConfig CONFIG = new PipelineConfig(
            PipelineConfig.DEFAULTS.applicationId(),
            10,
            PipelineConfig.DEFAULTS.payloadLength(),
            Map.of("b1", new UsageLimits(3, 3, 3), "b2", new UsageLimits(3, 3, 3)),
            0.0001,
            Duration.ofSeconds(1),
            true,
            new Replication(2, Duration.ofSeconds(20)),
            PipelineConfig.DEFAULTS.emitInterval(),
            PipelineConfig.DEFAULTS.expiryInterval(),
            10_000);

    @Test
    void everyStoreAndRepartitionTopicIsWhereEarlierVersionsLeftIt() {
        SortedMap<String, JsonNode> names = new TreeMap<>();
        names.put(
                "application id",
                JsonNodeFactory.instance.objectNode().put("default", PipelineConfig.DEFAULTS.applicationId()));
        addNames(PipelineConfig.DEFAULTS, "sub-topology", names);
        addNames(PipelineDriver.notifyingCollections(), "sub-topology with streams.notify-collections", names);
        RecordedForms.of("topology")
                .verify(new NamedForms(
                        names,
                        "State is found by the name of its store and the number of its sub-topology: keep both."
                                + " A changed one needs a new streams.application-id (docs/tallies.md)."));
    }

    private static void addNames(PipelineConfig config, String field, SortedMap<String, JsonNode> names) {
        TopologyDescription description =
                new Pipeline(config, PipelineDriver.catalogue()).topology().describe();
        for (TopologyDescription.Subtopology subtopology : description.subtopologies()) {
            for (TopologyDescription.Node node : subtopology.nodes()) {
                if (node instanceof TopologyDescription.Processor processor) {
                    processor.stores().stream()
                            .filter(store -> !TallyViewTopology.STORES_WITHOUT_CHANGELOG.contains(store))
                            .forEach(store -> named(names, "store " + store).put(field, subtopology.id()));
                } else if (node instanceof TopologyDescription.Source source) {
                    source.topicSet().stream()
                            .filter(topic -> topic.endsWith(REPARTITION))
                            .forEach(topic -> named(names, "topic " + topic).put(field, subtopology.id()));
                }
            }
        }
    }

    private static ObjectNode named(SortedMap<String, JsonNode> names, String name) {
        return (ObjectNode) names.computeIfAbsent(name, key -> JsonNodeFactory.instance.objectNode());
    }

    @Test
    void everyKeyAndValueThatEarlierVersionsStoredReadsAsItWas() throws ReflectiveOperationException {
        ByteForms forms = new ByteForms(
                "A serde must read what earlier versions wrote: give BinarySerde.ofValue the form before as well"
                        + " (its third argument), and add measures and constants at the end. A changed key, or a value"
                        + " that cannot be read any more, needs a store of another name and a new"
                        + " streams.application-id (docs/tallies.md).");
        addMeasures(forms);
        List<RepartitionTopic> repartitions = repartitionTopics(forms);
        Random random = new Random(SEED);
        try (PipelineDriver pipeline = observed(forms)) {
            writeObjects(pipeline, random);
            sample(pipeline, repartitions, forms);
        }
        try (PipelineDriver pipeline = observed(forms)) {
            writeRecords(pipeline, random);
        }
        assertThat(forms.withoutSamples())
                .as("forms that this test's histories do not write: extend them")
                .isEqualTo(NEVER_WRITTEN);
        RecordedForms.of("state").verify(forms);
    }

    private static PipelineDriver observed(ByteForms forms) {
        return new PipelineDriver(
                CONFIG, NOON, (config, sharedStores) -> new ObservedStores(config, sharedStores, forms));
    }

    /** One at a time, so that none changes its place. */
    private static void addMeasures(ByteForms forms) {
        for (Measure measure : Measure.values()) {
            String form = "measure " + measure;
            forms.form(
                    form,
                    value -> Amounts.SERDE.serializer().serialize("", value),
                    bytes -> Amounts.SERDE.deserializer().deserialize("", bytes));
            forms.sample(form, Amounts.SERDE.serializer().serialize("", Amounts.NONE.with(measure, 1)));
        }
    }

    private static void writeObjects(PipelineDriver pipeline, Random random) {
        ObjectStoreModel store = new ObjectStoreModel(pipeline.topics, NOON);
        ObjectStoreRequests requests = new ObjectStoreRequests(store, "", random);
        for (int round = 0; round < 4; round++) {
            int read = store.log.entries().size();
            for (int i = 0; i < 100; i++) {
                store.log.wait(Duration.ofMillis(random.nextInt(2_000)));
                requests.next();
            }
            List<CapturedLog.Entry<?, ?>> entries = store.log.entries();
            if (round % 2 == 0) {
                pipeline.readInterleaved(entries.subList(read, entries.size()), random);
            } else {
                pipeline.readDamaged(entries.subList(read, entries.size()), random);
            }
            pipeline.captured(store.log);
            pipeline.advance(Duration.ofSeconds(30));
            pipeline.endTransaction();
        }
        CapturedLog.byTopic(store.log.entries())
                .values()
                .forEach(entries -> entries.stream()
                        .filter(entry -> entry.change() != null)
                        .reduce((before, last) -> last)
                        .ifPresent(last -> pipeline.readDamaged(last, Damage.VALUE_CUT_OFF)));
        pipeline.endTransaction();
    }

    private static void writeRecords(PipelineDriver pipeline, Random random) {
        SyncModel sync = new SyncModel(pipeline.topics, NOON);
        SyncRequests requests = new SyncRequests(sync, 1, List.of(3, 7, 101), random);
        int read = 0;
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 60; i++) {
                sync.log.wait(Duration.ofMinutes(random.nextInt(3)));
                requests.next();
            }
            List<CapturedLog.Entry<?, ?>> entries = sync.log.entries();
            pipeline.readInterleaved(entries.subList(read, entries.size()), random);
            pipeline.captured(sync.log);
            pipeline.endTransaction();
            read = entries.size();
        }
        pipeline.readDamaged(sync.log.entries(), random);
        pipeline.endTransaction();
    }

    private record RepartitionTopic(String name, String keys, String values) {}

    /** The serdes of a topology's repartition topics are known to Kafka Streams only. */
    private static List<RepartitionTopic> repartitionTopics(ByteForms forms) throws ReflectiveOperationException {
        Topology topology = new Pipeline(CONFIG, PipelineDriver.catalogue()).topology();
        Object builder = field(Topology.class, "internalTopologyBuilder", topology);
        Map<?, ?> nodes = (Map<?, ?>) field(InternalTopologyBuilder.class, "nodeFactories", builder);
        return nodes.keySet().stream()
                .map(Object::toString)
                .filter(node -> node.endsWith(REPARTITION + "-source"))
                .map(source -> source.substring(0, source.length() - "-source".length()))
                .map(topic -> {
                    Object source = nodes.get(topic + "-source");
                    Object sink = nodes.get(topic + "-sink");
                    RepartitionTopic forming = new RepartitionTopic(topic, "key of " + topic, "value of " + topic);
                    addForm(forms, forming.keys(), field(sink, "keySerializer"), field(source, "keyDeserializer"));
                    addForm(forms, forming.values(), field(sink, "valSerializer"), field(source, "valDeserializer"));
                    return forming;
                })
                .toList();
    }

    @SuppressWarnings("unchecked") // as the topology uses them
    private static void addForm(ByteForms forms, String name, Object serializer, Object deserializer) {
        forms.form(
                name,
                value -> ((Serializer<Object>) serializer).serialize("", value),
                bytes -> ((Deserializer<Object>) deserializer).deserialize("", bytes));
    }

    private static void sample(PipelineDriver pipeline, List<RepartitionTopic> topics, ByteForms forms) {
        for (RepartitionTopic topic : topics) {
            for (TestRecord<byte[], byte[]> record : pipeline.bytes(CONFIG.applicationId() + "-" + topic.name())) {
                Stream.of(record.key()).filter(key -> key != null).forEach(key -> forms.sample(topic.keys(), key));
                forms.sample(topic.values(), record.value());
            }
        }
    }

    private static Object field(Object owner, String name) {
        try {
            return field(owner.getClass(), name, owner);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object field(Class<?> type, String name, Object owner) throws ReflectiveOperationException {
        Field field = type.getDeclaredField(name);
        field.setAccessible(true);
        return field.get(owner);
    }
}
