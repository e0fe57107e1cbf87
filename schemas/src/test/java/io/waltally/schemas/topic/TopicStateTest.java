package io.waltally.schemas.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.schemas.Source;
import io.waltally.schemas.serde.AvroSerdes;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Topics of each kind, with properties that an operator has changed. */
class TopicStateTest {
    private static final TopicCatalogue TOPICS = catalogue(TopicStorage.DEFAULTS);
    private static final Topic<?, ?> CHANGES = TOPICS.bsos();
    private static final Topic<?, ?> TALLIES = TOPICS.userStorage();
    private static final Topic<?, ?> NOTIFICATIONS = TOPICS.notifications();
    private static final Topic<?, ?> APPLIED = TOPICS.applied();

    private static TopicCatalogue catalogue(TopicStorage storage) {
        return new TopicCatalogue(
                new TopicSettings(4, Duration.ofDays(7), Duration.ofDays(7), Duration.ofDays(30), storage),
                new AvroSerdes("mock://topics"));
    }

    /** The properties of the topic as it is created, and the broker's defaults of the others. */
    private static Map<String, String> created(Topic<?, ?> topic) {
        return TopicProperty.of(topic).stream()
                .collect(Collectors.toMap(
                        TopicProperty::name, TopicProperty::wanted, (one, other) -> one, TreeMap::new));
    }

    private static TopicState state(Topic<?, ?> topic, Map<String, String> config) {
        return TopicState.of(topic, topic.partitions(), 3, config);
    }

    @Test
    void aTopicAsItWasCreatedDoesNotDiffer() {
        for (Topic<?, ?> topic : TOPICS.all()) {
            assertThat(state(topic, created(topic)).differences())
                    .as(topic.name())
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "changes, cleanup.policy, delete, BREAKING",
        "changes, cleanup.policy, 'compact,delete', BREAKING",
        "changes, cleanup.policy, '', HARMLESS",
        "changes, min.compaction.lag.ms, 604799999, BREAKING",
        "changes, min.compaction.lag.ms, 604800001, HARMLESS",
        "changes, max.message.bytes, 1048588, BREAKING",
        "changes, max.message.bytes, 33554432, HARMLESS",
        "changes, message.timestamp.type, LogAppendTime, BREAKING",
        "changes, unclean.leader.election.enable, true, BREAKING",
        "changes, segment.bytes, 1000000, NONE",
        "changes, retention.ms, 1, NONE",
        "tallies, cleanup.policy, delete, BREAKING",
        "tallies, min.compaction.lag.ms, 1000, HARMLESS",
        "applied, cleanup.policy, delete, BREAKING",
        "applied, segment.bytes, 1073741824, HARMLESS",
        "applied, segment.ms, 604800000, HARMLESS",
        "applied, delete.retention.ms, 86400000, HARMLESS",
        "notifications, cleanup.policy, compact, BREAKING",
        "notifications, cleanup.policy, 'compact,delete', BREAKING",
        "notifications, retention.ms, 604799999, BREAKING",
        "notifications, retention.ms, 604800001, HARMLESS",
        "notifications, retention.ms, -1, HARMLESS",
        "notifications, retention.ms, week, BREAKING",
        "notifications, retention.bytes, 1000000000, BREAKING"
    })
    void aDifferenceIsBreakingWhereAGuaranteeDependsOnIt(
            String kind, String property, String actual, DeviationSeverity deviation) {
        Topic<?, ?> topic = switch (kind) {
            case "changes" -> CHANGES;
            case "tallies" -> TALLIES;
            case "applied" -> APPLIED;
            default -> NOTIFICATIONS;
        };
        Map<String, String> config = created(topic);
        // When
        config.put(property, actual);
        // Then
        TopicState state = state(topic, config);
        assertThat(state.property(property).map(PropertyState::deviation).orElse(DeviationSeverity.NONE))
                .isEqualTo(deviation);
        assertThat(state.contradicts()).isEqualTo(deviation == DeviationSeverity.BREAKING);
    }

    @Test
    void partitionsContradictAndReplicasDoNot() {
        Topic<?, ?> topic = catalogue(new TopicStorage(OptionalInt.of(3), OptionalInt.of(2), Map.of()))
                .bsos();
        Map<String, String> config = created(topic);
        assertThat(TopicState.of(topic, 8, 3, config).contradicts()).isTrue();
        TopicState fewReplicas = TopicState.of(topic, 4, 1, config);
        assertThat(fewReplicas.contradicts()).isFalse();
        assertThat(fewReplicas.differences().toString()).isEqualTo("[replication.factor is 1, wanted is 3]");
        assertThat(TopicState.of(CHANGES, 4, 1, created(CHANGES)).differences())
                .as("whatever the broker's default is")
                .isEmpty();
    }

    @Test
    void everyTopicIsStoredAsConfigured() {
        TopicStorage storage = new TopicStorage(OptionalInt.of(3), OptionalInt.of(2), Map.of());
        assertThat(catalogue(storage).all())
                .allSatisfy(
                        topic -> assertThat(topic.storage()).as(topic.name()).isEqualTo(storage));
        assertThat(catalogue(storage).changesOf(Source.S3, "further").storage()).isEqualTo(storage);
    }

    @Test
    void whatTheConfigurationAddsBreaksNothing() {
        Topic<?, ?> topic = catalogue(new TopicStorage(
                        OptionalInt.of(3),
                        OptionalInt.of(2),
                        Map.of("compression.type", "zstd", "segment.ms", "3600000")))
                .bsos();
        Map<String, String> config = created(CHANGES);
        config.put("compression.type", "producer");
        config.put("min.insync.replicas", "1");
        assertThat(state(topic, config).differences().stream()
                        .map(PropertyState::toString)
                        .toList())
                .containsExactly(
                        "compression.type is producer, wanted is zstd", "min.insync.replicas is 1, wanted is 2");
    }

    @Test
    void theConfigurationDecidesWhatNoGuaranteeDependsOn() {
        Topic<?, ?> topic = catalogue(
                        new TopicStorage(OptionalInt.empty(), OptionalInt.empty(), Map.of("segment.ms", "3600000")))
                .applied();
        assertThat(created(topic)).containsEntry("segment.ms", "3600000").containsEntry("segment.bytes", "52428800");
    }

    @Test
    void anAlterationRemovesEveryDifferenceThatABrokerCanChangeAndHasNoneLeft() {
        long seed = Long.getLong("waltally.seed", System.nanoTime());
        System.out.println("-Dwaltally.seed=" + seed);
        Random random = new Random(seed);
        List<String> values =
                List.of("-1", "0", "1", "1000", "604800000", "99999999999", "delete", "compact", "", "true");
        for (int round = 0; round < 2_000; round++) {
            Topic<?, ?> topic = TOPICS.all().get(random.nextInt(TOPICS.all().size()));
            Map<String, String> config = created(topic);
            config.replaceAll(
                    (name, value) -> random.nextBoolean() ? value : values.get(random.nextInt(values.size())));
            int partitions = topic.partitions() + random.nextInt(2);
            // When
            TopicAlteration.of(TopicState.of(topic, partitions, 3, config))
                    .changes()
                    .forEach(change -> config.put(change.name(), change.wanted().orElseThrow()));
            // Then
            TopicState altered = TopicState.of(topic, partitions, 3, config);
            assertThat(altered.differences())
                    .as("seed %d, round %d, %s", seed, round, topic.name())
                    .allMatch(property -> property.name().equals(PropertyState.PARTITIONS));
            assertThat(TopicAlteration.of(altered).changes()).isEmpty();
            assertThat(altered.contradicts()).isEqualTo(partitions != topic.partitions());
        }
    }

    @Test
    void unalterablePropertyIsReportedWithReasonAndRemedy() {
        Topic<?, ?> topic = catalogue(new TopicStorage(OptionalInt.of(3), OptionalInt.of(2), Map.of()))
                .bsos();
        Map<String, String> config = created(topic);
        config.put("min.insync.replicas", "1");
        TopicAlteration alteration = TopicAlteration.of(TopicState.of(topic, 8, 1, config));
        assertThat(alteration.changes()).isEmpty();
        assertThat(alteration.obstacles().stream()
                        .map(obstacle -> obstacle.property().name() + " " + obstacle.reason()))
                .satisfiesExactly(
                        partitions -> assertThat(partitions).contains("partitions", "set topics.partitions to 8"),
                        replicas -> assertThat(replicas).contains("replication.factor", "kafka-reassign-partitions.sh"),
                        insync -> assertThat(insync).contains("min.insync.replicas", "would stop all writes"));
        // With enough replicas it can be changed.
        assertThat(TopicAlteration.of(TopicState.of(topic, 4, 3, config))
                        .changes()
                        .toString())
                .isEqualTo("[min.insync.replicas is 1, wanted is 2]");
    }

    /** Operators keep their own state in some of them. */
    @Test
    void aTopicWithAFixedNumberOfPartitionsIsDeletedKnowingWhatIsLost() {
        Map<Topic<?, ?>, String> losses = new HashMap<>();
        TOPICS.all().stream()
                .filter(topic -> !TopicCatalogue.hasConfiguredPartitions(topic.name()))
                .forEach(topic -> losses.put(
                        topic,
                        TopicAlteration.of(TopicState.of(topic, topic.partitions() + 1, 1, created(topic)))
                                .obstacles()
                                .get(0)
                                .reason()));
        assertThat(losses)
                .allSatisfy((topic, reason) -> assertThat(reason)
                        .contains("delete " + topic.name()
                                + ", which 'waltally topics create' then makes again. This loses "));
        assertThat(losses.get(TOPICS.watermarks())).contains("waltally resume SOURCE --new-epoch");
        assertThat(losses.get(TOPICS.webhookControls())).contains("the endpoints that were added at run time");
        assertThat(losses.get(TOPICS.sinkControls())).contains("the pauses of sinks");
        assertThat(losses.get(TOPICS.deadLetterEvents())).contains("are open again");
        assertThat(losses.values())
                .filteredOn(reason -> reason.contains("its dead letters"))
                .hasSize(4);
    }

    @Test
    void aSmallerRetentionSaysWhatItDestroys() {
        Map<String, String> config = created(NOTIFICATIONS);
        config.put("retention.ms", "-1");
        assertThat(TopicAlteration.loss(TopicAlteration.of(state(NOTIFICATIONS, config))
                        .changes()
                        .get(0)))
                .hasValue("records older than 7d are deleted");
        config.put("retention.ms", "1000");
        assertThat(TopicAlteration.loss(TopicAlteration.of(state(NOTIFICATIONS, config))
                        .changes()
                        .get(0)))
                .isEmpty();
    }

    @Test
    void aContradictionIsALineWithTopicPropertyActualAndWantedAndARemedyFollows() {
        Map<String, String> config = created(CHANGES);
        config.put("min.compaction.lag.ms", "5400000");
        config.put("segment.bytes", "1");
        String message = new TopicContradictionException(
                        List.of(state(CHANGES, config), TopicState.of(TALLIES, 8, 1, created(TALLIES))))
                .getMessage();
        assertThat(message.lines())
                .containsExactly(
                        "topics differ from the configuration in what guarantees depend on:",
                        "  sync.public.bsos: min.compaction.lag.ms is 90m, wanted is 7d",
                        "  agg.user-storage: partitions is 8, wanted is 4",
                        "'waltally topics alter' changes them as configured; with --dry-run it only shows how",
                        "partitions cannot be changed in place; 'waltally topics alter --dry-run' says what to do");
        String everyChangeTopic = new TopicContradictionException(TOPICS.all().stream()
                        .filter(topic -> topic.cleanup() instanceof Cleanup.Compact compact
                                && !compact.completeHistory().isZero())
                        .map(topic -> {
                            Map<String, String> altered = created(topic);
                            altered.put("min.compaction.lag.ms", "1000");
                            return state(topic, altered);
                        })
                        .toList())
                .getMessage();
        assertThat(everyChangeTopic.length()).isLessThan(1_000);
        String otherPartitions = new TopicContradictionException(TOPICS.all().stream()
                        .map(topic -> TopicState.of(topic, 9, 1, created(topic)))
                        .toList())
                .getMessage();
        assertThat(otherPartitions).contains("more: partitions is 9, wanted is 4");
        assertThat(otherPartitions.lines().filter(line -> line.endsWith(": partitions is 9, wanted is 4")))
                .hasSize(13);
    }

    @Test
    void largerRecordsAreWantedWhereTheConfigurationPermitsThem() {
        Topic<?, ?> topic = catalogue(new TopicStorage(
                        OptionalInt.empty(), OptionalInt.empty(), Map.of("max.message.bytes", "33554432")))
                .bsos();
        Map<String, String> config = created(topic);
        assertThat(config).containsEntry("max.message.bytes", "33554432");
        assertThat(state(topic, config).differences()).isEmpty();
        config.put("max.message.bytes", "16777216");
        assertThat(state(topic, config).differing(DeviationSeverity.BREAKING))
                .singleElement()
                .hasToString("max.message.bytes is 16777216, wanted is 33554432");
    }

    @Test
    void invalidReplicationSettingsAreRejected() {
        assertThatThrownBy(() -> new TopicStorage(OptionalInt.of(0), OptionalInt.empty(), Map.of()))
                .hasMessage("topics.replication-factor is 0: must be from 1 to 100");
        assertThatThrownBy(() -> new TopicStorage(OptionalInt.of(2), OptionalInt.of(3), Map.of()))
                .hasMessageContaining(
                        "topics.min-insync-replicas is 3: must be at most topics.replication-factor, which is 2");
        assertThatThrownBy(() -> new TopicStorage(OptionalInt.empty(), OptionalInt.of(2), Map.of()))
                .hasMessageContaining("which is not given");
    }
}
