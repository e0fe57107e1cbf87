package io.waltally.schemas.serde;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waltally.compatibility.ByteForms;
import io.waltally.compatibility.NamedForms;
import io.waltally.compatibility.RecordedForms;
import io.waltally.compatibility.ValueJson;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.DeadLetterHeaders;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.ReplayRequest;
import io.waltally.schemas.Source;
import io.waltally.schemas.TallyHeaders;
import io.waltally.schemas.control.DeadLetterKey;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicSettings;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.apache.avro.Schema;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serde;
import org.junit.jupiter.api.Test;

/** Topics, schemas and headers, compared with those of earlier versions. */
class CompatibilityTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String registry = "mock://" + UUID.randomUUID();
    private final TopicCatalogue topics = new TopicCatalogue(TopicSettings.DEFAULTS, new AvroSerdes(registry));

    @Test
    void everyTopicIsWhereEarlierVersionsWroteIt() {
        SortedMap<String, JsonNode> names = new TreeMap<>();
        for (Topic<?, ?> topic : topics.all()) {
            ObjectNode form = JsonNodeFactory.instance.objectNode();
            form.put("routing", topic.routing().column().orElse("whole key"));
            form.put("cleanup", topic.cleanup().getClass().getSimpleName());
            if (!TopicCatalogue.hasConfiguredPartitions(topic.name())) {
                form.put("partitions", topic.partitions());
            }
            names.put(topic.name(), form);
        }
        for (Source source : Source.values()) {
            names.put(
                    "watermarks of " + source.id(),
                    JsonNodeFactory.instance.objectNode().put("partition", TopicCatalogue.watermarkPartition(source)));
        }
        RecordedForms.of("topics")
                .verify(new NamedForms(
                        names,
                        "Consumers and stores find records by topic and partition: keep them as they were."
                                + " Another routing or number of partitions makes all topics anew"
                                + " (docs/tallies.md)."));
    }

    @Test
    void everyRecordOfEarlierVersionsIsRead() {
        AvroForms forms = new AvroForms(registry);
        for (Topic<?, ?> topic : topics.all()) {
            schemaOf(topic.keySerde()).ifPresent(schema -> forms.add(topic.name() + "-key", schema, topic.keySerde()));
            schemaOf(topic.valueSerde())
                    .ifPresent(schema -> forms.add(topic.name() + "-value", schema, topic.valueSerde()));
        }
        assertThat(forms.written().keySet())
                .as("all topics with static types")
                .containsAll(topics.ownSchemas().stream()
                        .map(topic -> topic.name() + "-value")
                        .toList());
        RecordedForms.of("schemas").verify(forms);
    }

    private static Optional<Schema> schemaOf(Serde<?> serde) {
        if (serde instanceof SpecificSerde<?> specific) {
            return Optional.of(specific.schema());
        }
        return serde instanceof ChangeSerde<?> changes ? Optional.of(changes.envelope) : Optional.empty();
    }

    @Test
    void everyHeaderOfEarlierVersionsIsRead() {
        ByteForms forms =
                new ByteForms("Records keep their headers as long as they are kept: read the former ones too.");
        add(
                forms,
                "headers of a change",
                ChangeHeaders::from,
                ChangeHeaders::addTo,
                new ChangeHeaders(Source.S3, 2, 4711, 815, 3, Optional.empty()),
                new ChangeHeaders(Source.SYNC, 0, 0, 815, 3, Optional.of(Lsn.parse("16/B374D848"))));
        add(
                forms,
                "headers of a dead letter",
                DeadLetterHeaders::from,
                DeadLetterHeaders::addTo,
                new DeadLetterHeaders("s3.public.bsos", OptionalInt.of(3), OptionalLong.of(815), "E", "why"),
                new DeadLetterHeaders("s3.public.bsos", OptionalInt.empty(), OptionalLong.empty(), "E", "why"));
        add(
                forms,
                "header of a replay",
                headers -> ReplayRequest.from(headers).orElseThrow(),
                ReplayRequest::addTo,
                new ReplayRequest("id", new DeadLetterKey("dlq.sinks", "topicId", 0, 7L, "evt_1/to crm")));
        add(
                forms,
                "header of a tally",
                headers -> TallyHeaders.sequence(headers).orElseThrow(),
                (sequence, headers) -> TallyHeaders.addSequence(headers, sequence),
                815L);
        add(
                forms,
                "further headers of a dead letter",
                CompatibilityTest::furtherHeaders,
                (values, headers) -> values.forEach(
                        (name, value) -> headers.add(FURTHER.get(name), value.getBytes(StandardCharsets.UTF_8))),
                new TreeMap<>(Map.of("endpoint", "crm", "sink", "lake", "event id", "evt_1", "attempts", "7")));
        RecordedForms.of("headers").verify(forms);
    }

    private static final Map<String, String> FURTHER = Map.of(
            "endpoint", DeadLetterHeaders.ENDPOINT,
            "sink", DeadLetterHeaders.SINK,
            "event id", DeadLetterHeaders.EVENT_ID,
            "attempts", DeadLetterHeaders.ATTEMPTS);

    private static SortedMap<String, String> furtherHeaders(Headers headers) {
        return new TreeMap<>(Map.of(
                "endpoint", DeadLetterHeaders.endpoint(headers).orElseThrow(),
                "sink", DeadLetterHeaders.sink(headers).orElseThrow(),
                "event id", DeadLetterHeaders.eventId(headers).orElseThrow(),
                "attempts", Integer.toString(DeadLetterHeaders.attempts(headers).orElseThrow())));
    }

    @SafeVarargs
    private static <T> void add(
            ByteForms forms, String name, Function<Headers, T> read, BiConsumer<T, Headers> write, T... samples) {
        Function<T, byte[]> text = value -> {
            Headers headers = new RecordHeaders();
            write.accept(value, headers);
            return text(headers);
        };
        forms.form(name, text, bytes -> read.apply(headers(bytes)));
        for (T sample : samples) {
            forms.sample(name, text.apply(sample));
        }
    }

    private static byte[] text(Headers headers) {
        Map<String, String> texts = new LinkedHashMap<>();
        headers.forEach(header -> texts.put(header.key(), new String(header.value(), StandardCharsets.UTF_8)));
        return ValueJson.of(texts).toString().getBytes(StandardCharsets.UTF_8);
    }

    private static Headers headers(byte[] text) {
        try {
            Headers headers = new RecordHeaders();
            JSON.readValue(new String(text, StandardCharsets.UTF_8), new TypeReference<Map<String, String>>() {})
                    .forEach((name, value) -> headers.add(name, value.getBytes(StandardCharsets.UTF_8)));
            return headers;
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
