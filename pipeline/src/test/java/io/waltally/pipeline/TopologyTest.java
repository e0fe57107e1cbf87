package io.waltally.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopologyTest {
    /**
     * Compares the topology with a committed description. A difference is a decision: it may need other internal
     * topics, or lose state. Commit the new description with it.
     */
    @Test
    void theTopologyIsTheOneThatIsCommitted() throws IOException {
        // Given
        Path committed = Path.of("src/main/resources/io/waltally/pipeline/topology.txt");
        Pipeline pipeline = new Pipeline(PipelineConfig.DEFAULTS, PipelineDriver.catalogue());
        // When
        Path described = Files.writeString(
                Path.of("target/topology.txt"), pipeline.topology().describe().toString());
        // Then
        assertThat(described)
                .as("the topology; if it is to change: cp pipeline/%s pipeline/%s", described, committed)
                .hasSameTextualContentAs(committed);
    }

    @Test
    void whatExactnessDependsOnCannotBeConfiguredAway() {
        // Given
        Pipeline pipeline = new Pipeline(PipelineConfig.DEFAULTS, PipelineDriver.catalogue());
        // Then
        assertThatThrownBy(() -> pipeline.properties(
                        Map.of(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.AT_LEAST_ONCE), Set.of()))
                .hasMessageContaining("kafka.processing.guarantee");
    }

    @Test
    void whatTheDeploymentSetsTakesPrecedenceOverDefaults() {
        // Given
        Pipeline pipeline = new Pipeline(PipelineConfig.DEFAULTS, PipelineDriver.catalogue());
        // Then
        assertThat(pipeline.properties(Map.of(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 7), Set.of()))
                .containsEntry(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 7)
                .containsEntry(StreamsConfig.APPLICATION_ID_CONFIG, "waltally")
                .containsEntry(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    }

    @Test
    void aConsumerThatHasTopicsToCreateDoesNotSleepAfterEach() {
        // Given
        Pipeline pipeline = new Pipeline(PipelineConfig.DEFAULTS, PipelineDriver.catalogue());
        String backoff = StreamsConfig.mainConsumerPrefix(ConsumerConfig.RETRY_BACKOFF_MS_CONFIG);
        Set<String> allButOne = new HashSet<>(pipeline.internalTopics());
        allButOne.remove("waltally-s3-state-changelog");
        // Then
        assertThat(pipeline.properties(Map.of(), allButOne)).containsEntry(backoff, 5);
        assertThat(pipeline.properties(Map.of(backoff, 7), allButOne)).containsEntry(backoff, 7);
        assertThat(pipeline.properties(Map.of(), pipeline.internalTopics())).doesNotContainKey(backoff);
    }

    @ParameterizedTest
    @CsvSource({"1, 100", "150, 150", "250, 250", "500, 250"})
    void anIdleThreadPollsNoLongerThanRecordsTakeToExpire(long expiryMillis, long expected) {
        // Given
        PipelineConfig defaults = PipelineConfig.DEFAULTS;
        PipelineConfig config = new PipelineConfig(
                defaults.applicationId(),
                defaults.userQuotaBytes(),
                defaults.payloadLength(),
                defaults.usageLimits(),
                defaults.capacityThreshold(),
                defaults.capacityDamping(),
                defaults.collectionNotifications(),
                defaults.replication(),
                defaults.emitInterval(),
                Duration.ofMillis(expiryMillis),
                defaults.maxUnprocessablePerMinute());
        // Then
        assertThat(new Pipeline(config, PipelineDriver.catalogue()).properties(Map.of(), Set.of()))
                .containsEntry(StreamsConfig.POLL_MS_CONFIG, expected);
    }
}
