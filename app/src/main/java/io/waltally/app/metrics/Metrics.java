package io.waltally.app.metrics;

import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.MultiCollector;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The metrics of this process and its JVM. */
public final class Metrics implements AutoCloseable {
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    /** Kafka's clients have hundreds of metrics; these show whether they keep up. */
    private static final Set<String> OF_KAFKA = Set.of(
            "kafka.consumer.coordinator.assigned.partitions",
            "kafka.consumer.coordinator.failed.rebalance.total",
            "kafka.consumer.coordinator.rebalance.total",
            "kafka.consumer.fetch.manager.bytes.consumed.total",
            "kafka.consumer.fetch.manager.records.consumed.total",
            "kafka.consumer.fetch.manager.records.lag.max",
            "kafka.producer.outgoing.byte.total",
            "kafka.producer.record.error.total",
            "kafka.producer.record.retry.total",
            "kafka.producer.record.send.total",
            "kafka.producer.request.latency.avg",
            "kafka.producer.txn.commit.time.ns.total",
            "kafka.stream.alive.stream.threads",
            "kafka.stream.failed.stream.threads",
            "kafka.stream.task.dropped.records.total",
            "kafka.stream.thread.commit.latency.max",
            "kafka.stream.thread.commit.total",
            "kafka.stream.thread.process.latency.max",
            "kafka.stream.thread.process.total",
            "kafka.stream.topic.dead.letters.total");

    /** Exists for each topic that a producer writes to; exported for one topic only. */
    private static final String RECORDS_OF_TOPIC = "kafka.producer.topic.record.send.total";

    private static final String TOPIC = "topic";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics garbageCollection = new JvmGcMetrics();

    public Metrics() {
        this(Optional.empty());
    }

    /** @param produced the topic of which it is shown how many records were sent to it */
    public Metrics(String produced) {
        this(Optional.of(produced));
    }

    private Metrics(Optional<String> produced) {
        // Every meter needs all tags: of meters with the same name the binder removes those with fewer tags.
        registry.config()
                .meterFilter(MeterFilter.deny(meter -> meter.getName().startsWith("kafka.")
                        && !OF_KAFKA.contains(meter.getName())
                        && !(meter.getName().equals(RECORDS_OF_TOPIC)
                                && produced.filter(topic -> topic.equals(meter.getTag(TOPIC)))
                                        .isPresent())));
        List.of(
                        new ClassLoaderMetrics(),
                        new FileDescriptorMetrics(),
                        new JvmMemoryMetrics(),
                        new JvmThreadMetrics(),
                        new ProcessorMetrics(),
                        new UptimeMetrics(),
                        garbageCollection)
                .forEach(this::add);
    }

    public void add(MeterBinder meters) {
        meters.bindTo(registry);
    }

    /** Adds metrics that are collected on demand. */
    public void add(MultiCollector collector) {
        registry.getPrometheusRegistry().register(collector);
    }

    /** Returns the metrics in Prometheus' text format. */
    public String scrape() {
        return registry.scrape();
    }

    @Override
    public void close() {
        garbageCollection.close();
        registry.close();
    }
}
