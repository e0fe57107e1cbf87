package io.waltally.connectors.capture;

import static io.waltally.connectors.capture.CapturedTopics.waitFor;
import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class IdleCaptureIT {
    private static final int POSITIONS = 4;

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
        assertThat(share).isLessThan(0.1);
    }

    /** On an idle database the position advances once a second. */
    private static void awaitPositions(Capture capture) throws InterruptedException {
        for (int i = 0; i < POSITIONS; i++) {
            Optional<Lsn> captured = capture.status().captured();
            waitFor("position advances", () -> !capture.status().captured().equals(captured));
        }
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
