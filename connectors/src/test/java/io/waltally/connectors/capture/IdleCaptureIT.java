package io.waltally.connectors.capture;

import static io.waltally.connectors.capture.fixture.CapturedTopics.waitFor;
import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.connectors.capture.fixture.CaptureFixture;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class IdleCaptureIT {
    private static final int POSITIONS = 2;
    private static final int INTERVALS = 5;

    /** Less than the ten seconds after which a message is written in any case. */
    private static final Duration SECONDS = Duration.ofSeconds(7);

    @RegisterExtension
    final CaptureFixture sync = new CaptureFixture(Source.SYNC);

    /**
     * CPU time of an idle capture. With Debezium's own poll, and reads with a timeout of a millisecond, it is above a
     * quarter of a core.
     */
    @Test
    void theEngineOfAnIdleSourceSleeps() throws Exception {
        // Given
        Capture capture = sync.streaming();
        awaitPositions(capture);
        long cpuBefore = engineCpuNanos();
        long before = System.nanoTime();
        // When
        awaitPositions(capture);
        // Then
        double share = (engineCpuNanos() - cpuBefore) / (double) (System.nanoTime() - before);
        assertThat(share).isLessThan(0.05);
    }

    /** Two idle sources of a server do not answer each other's messages for ever. */
    @Test
    void heartbeatsOfOtherSourcesTriggerNoHeartbeat() throws Exception {
        // Given
        Capture capture = sync.streaming();
        awaitPositions(capture);
        Duration longest = Duration.ZERO;
        // The server itself may write in one of the intervals: autovacuum, for example.
        for (int interval = 0; interval < INTERVALS && longest.compareTo(SECONDS) < 0; interval++) {
            long before = System.nanoTime();
            // When
            for (int message = 0; message < 3; message++) {
                sync.admin("SELECT pg_logical_emit_message(true, 'waltally', '')");
            }
            awaitPosition(capture);
            longest = Duration.ofNanos(System.nanoTime() - before);
        }
        // Then
        assertThat(longest).isGreaterThan(SECONDS);
    }

    @Test
    void whatOthersWriteToTheServerAdvancesThePositionWithinSeconds() throws Exception {
        // Given
        Capture capture = sync.streaming();
        awaitPositions(capture);
        for (int write = 0; write < 3; write++) {
            // When
            sync.admin("SELECT pg_logical_emit_message(true, 'another', repeat('x', 2000))");
            long before = System.nanoTime();
            sync.awaitCaptured(capture);
            // Then
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(SECONDS);
        }
    }

    /** On an idle database the position advances every ten seconds. */
    private static void awaitPositions(Capture capture) throws InterruptedException {
        for (int i = 0; i < POSITIONS; i++) {
            awaitPosition(capture);
        }
    }

    private static void awaitPosition(Capture capture) throws InterruptedException {
        Optional<Lsn> captured = capture.status().captured();
        waitFor("position advances", () -> !capture.status().captured().equals(captured));
    }

    private static long engineCpuNanos() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        return Arrays.stream(threads.getAllThreadIds())
                .filter(id -> isEngine(threads.getThreadInfo(id)))
                .map(threads::getThreadCpuTime)
                .filter(cpu -> cpu > 0)
                .sum();
    }

    /** Debezium's own threads, and the pools of its engine. */
    private static boolean isEngine(ThreadInfo thread) {
        return thread != null
                && (thread.getThreadName().startsWith("debezium-")
                        || thread.getThreadName().startsWith("pool-"));
    }
}
