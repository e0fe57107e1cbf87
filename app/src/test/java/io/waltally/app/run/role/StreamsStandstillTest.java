package io.waltally.app.run.role;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.Metrics;
import org.junit.jupiter.api.Test;

class StreamsStandstillTest {
    @Test
    void theSlowestStreamThreadCounts() {
        try (Metrics metrics = new Metrics()) {
            consumer(metrics, "waltally-StreamThread-1-consumer", 1);
            consumer(metrics, "waltally-StreamThread-2-consumer", 31);
            consumer(metrics, "waltally-StreamThread-1-restore-consumer", 600);
            consumer(metrics, "waltally-global-consumer", 600);
            assertThat(StreamsRole.standstill(metrics.metrics().values())).contains(Duration.ofSeconds(31));
        }
    }

    @Test
    void withoutStreamThreadsThereIsNone() {
        try (Metrics metrics = new Metrics()) {
            assertThat(StreamsRole.standstill(metrics.metrics().values())).isEmpty();
        }
    }

    private static void consumer(Metrics metrics, String clientId, long seconds) {
        MetricName name =
                metrics.metricName("last-poll-seconds-ago", "consumer-metrics", Map.of("client-id", clientId));
        metrics.addMetric(name, (config, now) -> (double) seconds);
    }
}
