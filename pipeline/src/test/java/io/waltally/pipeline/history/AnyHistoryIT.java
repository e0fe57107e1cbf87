package io.waltally.pipeline.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.pipeline.PipelineDriver;
import io.waltally.pipeline.captured.CapturedLog;
import io.waltally.pipeline.model.CombinedHistories;
import io.waltally.pipeline.model.ModelDatabase;
import io.waltally.pipeline.published.Published;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random histories of both applications, read in any order, repeatedly and late: the tallies equal SQL on the rows in
 * PostgreSQL. {@code -Dwaltally.histories} is their number, {@code -Dwaltally.seed} the first seed: with as many
 * histories as are side by side it repeats a failed run.
 */
class AnyHistoryIT {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static final int SIDE_BY_SIDE = 50;
    private static final int ROUNDS = 3;
    private static final int REQUESTS = 15;
    private static final List<Duration> DURATIONS =
            List.of(Duration.ofMinutes(20), Duration.ofHours(7), Duration.ofDays(3), Duration.ofDays(40));

    /** Shorter than all is quiet at the end of a round. */
    private static final Duration GRACE = Duration.ofSeconds(30);

    /** How long before the end of a round records are read that were all written by then. */
    private static final Duration LATE = Duration.ofMinutes(2);

    private static ModelDatabase database;

    @BeforeAll
    static void startPostgres() throws SQLException {
        database = new ModelDatabase();
    }

    @AfterAll
    static void stopPostgres() {
        database.close();
    }

    static Stream<Arguments> runs() {
        long first = Long.getLong("waltally.seed", System.nanoTime());
        int histories = Integer.getInteger("waltally.histories", 100);
        return IntStream.range(0, (histories + SIDE_BY_SIDE - 1) / SIDE_BY_SIDE)
                .mapToObj(run -> Arguments.of(first + run, Math.min(SIDE_BY_SIDE, histories - run * SIDE_BY_SIDE)));
    }

    @ParameterizedTest(name = "seed {0}, {1} histories")
    @MethodSource("runs")
    void theTalliesAreWhatSqlSays(long seed, int count) throws SQLException {
        Random random = new Random(seed);
        int factor = 1 + random.nextInt(3);
        try (PipelineDriver pipeline = new PipelineDriver(PipelineDriver.replicating(factor, GRACE), NOON)) {
            // Given
            CombinedHistories histories = new CombinedHistories(pipeline.topics, NOON, count, random);
            RandomReading reading = new RandomReading(pipeline, random);
            Published published = new Published(pipeline, pipeline.topics);
            int firstRoundOfSync = random.nextInt(2);
            for (int round = 0; round < ROUNDS; round++) {
                histories.extend(REQUESTS, DURATIONS.get(random.nextInt(DURATIONS.size())));
                if (random.nextInt(3) == 0) {
                    histories.snapshot();
                }
                // When
                if (random.nextInt(3) == 0) {
                    pipeline.advanceTo(histories.now().minus(LATE));
                }
                if (random.nextInt(3) == 0) {
                    reading.rewind();
                }
                List<CapturedLog> logs = round < firstRoundOfSync ? List.of(histories.storeLog) : histories.logs();
                reading.readToEnd(logs);
                logs.forEach(pipeline::captured);
                pipeline.drainAt(histories.now());
                // Then
                List<String> differences =
                        new ArrayList<>(published.differences(database.s3Tallies(histories.stores, factor)));
                if (logs.contains(histories.syncLog)) {
                    differences.addAll(published.differences(database.syncTallies(histories.syncs, histories.now())));
                }
                assertThat(differences).as("round %d of seed %d", round, seed).isEmpty();
            }
        }
    }
}
