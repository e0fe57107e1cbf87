package io.waltally.pipeline.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.pipeline.PipelineConfig;
import io.waltally.pipeline.PipelineDriver;
import io.waltally.pipeline.captured.CapturedLog;
import io.waltally.pipeline.model.CombinedHistories;
import io.waltally.pipeline.model.RandomTransactions;
import io.waltally.pipeline.quota.UsageLimits;
import io.waltally.pipeline.replica.Replication;
import io.waltally.schemas.Source;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random transactions, read in any order, in pieces and repeatedly: the notifications equal those of a reference that
 * classifies one whole transaction after the other, each event once. {@code -Dwaltally.histories} is the number of
 * histories, {@code -Dwaltally.seed} the first seed: with as many histories as are side by side it repeats a run.
 */
public class AnyTransactionTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static final int SIDE_BY_SIDE = 50;
    private static final int ROUNDS = 3;
    private static final Duration GRACE = Duration.ofMinutes(2);

    static Stream<Arguments> runs() {
        long first = Long.getLong("waltally.seed", System.nanoTime());
        int histories = Integer.getInteger("waltally.histories", SIDE_BY_SIDE);
        return IntStream.range(0, (histories + SIDE_BY_SIDE - 1) / SIDE_BY_SIDE)
                .mapToObj(run -> Arguments.of(first + run, Math.min(SIDE_BY_SIDE, histories - run * SIDE_BY_SIDE)));
    }

    @ParameterizedTest(name = "seed {0}, {1} histories")
    @MethodSource("runs")
    void anyTransactionsOfTheObjectStoreNotifyWhatTheReferenceSays(long seed, int count) {
        Random random = new Random(seed);
        PipelineConfig config = config(random);
        try (PipelineDriver pipeline = new PipelineDriver(config, NOON)) {
            CapturedLog log = new CapturedLog(Source.S3, NOON);
            List<RandomTransactions> stores = IntStream.range(0, count)
                    .mapToObj(i -> new RandomTransactions(pipeline.topics, log, "h" + i + "-", random))
                    .toList();
            TransactionReading reading = new TransactionReading(pipeline, random);
            for (int round = 0; round < ROUNDS; round++) {
                // Given
                for (int i = 0; i < 15 * count; i++) {
                    log.wait(Duration.ofMillis(random.nextInt(60_000 / count)));
                    stores.get(random.nextInt(count)).next();
                    if (random.nextInt(50) == 0) {
                        reading.captured(log);
                    }
                }
                if (random.nextInt(3) == 0) {
                    stores.forEach(RandomTransactions::snapshot);
                }
                // When
                reading.readToEnd(List.of(log));
                // Then
                assertNotified(pipeline, config, List.of(log));
            }
        }
    }

    @ParameterizedTest(name = "seed {0}, {1} histories")
    @MethodSource("runs")
    void whatTheApplicationsDoNotifiesWhatTheReferenceSays(long seed, int count) {
        Random random = new Random(seed);
        PipelineConfig config = config(random);
        try (PipelineDriver pipeline = new PipelineDriver(config, NOON)) {
            CombinedHistories histories = new CombinedHistories(pipeline.topics, NOON, count, random);
            TransactionReading reading = new TransactionReading(pipeline, random);
            for (int round = 0; round < ROUNDS; round++) {
                // Given
                histories.extend(15, Duration.ofMinutes(1 + random.nextInt(300)));
                if (random.nextInt(3) == 0) {
                    histories.snapshot();
                }
                // When
                reading.readToEnd(histories.logs());
                // Then
                assertNotified(pipeline, config, histories.logs());
            }
        }
    }

    private static void assertNotified(PipelineDriver pipeline, PipelineConfig config, List<CapturedLog> logs) {
        assertThat(ReferenceClassifier.events(pipeline, pipeline.topics))
                .containsExactlyInAnyOrderElementsOf(ReferenceClassifier.classify(pipeline.topics, config, logs));
    }

    private static PipelineConfig config(Random random) {
        return config(random, 60 + random.nextInt(60), new Replication(1 + random.nextInt(3), GRACE));
    }

    /** With thresholds so low that random histories reach them. */
    public static PipelineConfig config(Random random, long userQuotaBytes, Replication replication) {
        Map<String, UsageLimits> limits = new HashMap<>();
        for (int i = 0; i < SIDE_BY_SIDE; i++) {
            limits.put("h" + i + "-b1", new UsageLimits(3, 10, 0));
        }
        PipelineConfig defaults = PipelineConfig.DEFAULTS;
        return new PipelineConfig(
                defaults.applicationId(),
                userQuotaBytes,
                defaults.payloadLength(),
                limits,
                0.1 + random.nextInt(8) * 0.1,
                Duration.ofMinutes(1 + random.nextInt(10)),
                true,
                replication,
                defaults.emitInterval(),
                defaults.expiryInterval(),
                defaults.maxUnprocessablePerMinute());
    }
}
