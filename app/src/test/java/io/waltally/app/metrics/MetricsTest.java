package io.waltally.app.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import org.junit.jupiter.api.Test;

class MetricsTest {
    @Test
    void recordsAreCountedOfOneTopicOnly() {
        try (Metrics metrics = new Metrics("outbox.notifications")) {
            for (String topic : List.of("outbox.notifications", "_waltally.applied")) {
                metrics.add((MeterBinder) registry -> FunctionCounter.builder(
                                "kafka.producer.topic.record.send.total", topic, String::length)
                        .tag("topic", topic)
                        .register(registry));
            }
            assertThat(metrics.scrape().lines())
                    .filteredOn(line -> line.startsWith("kafka_"))
                    .containsExactly("kafka_producer_topic_record_send_total{topic=\"outbox.notifications\"} 20.0");
        }
    }
}
