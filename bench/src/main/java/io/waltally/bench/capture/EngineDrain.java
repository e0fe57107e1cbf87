package io.waltally.bench.capture;

import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import io.waltally.bench.BenchmarkException;
import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.debezium.CaptureEngine;
import java.io.IOException;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/** Debezium's unmodified engine with capture's settings, and a consumer that does nothing. */
final class EngineDrain implements MeasuredReader {
    private final CaptureConfig config;
    private final String topic;

    EngineDrain(CaptureConfig config, String topic) {
        this.config = config;
        this.topic = topic;
    }

    @Override
    public String name() {
        return "engine";
    }

    @Override
    public String slot() {
        return "bench_engine";
    }

    @Override
    public Reading start() {
        return new Engine(CaptureEngine.properties(config.withSlot(slot())), topic);
    }

    private static final class Engine implements Reading {
        private final DebeziumEngine<RecordChangeEvent<SourceRecord>> engine;
        private final String topic;
        private final Thread thread;
        private volatile long rows;
        private volatile @Nullable String failure;

        Engine(Properties properties, String topic) {
            this.topic = topic;
            this.engine = DebeziumEngine.create(ChangeEventFormat.of(Connect.class))
                    .using(properties)
                    .using((success, message, error) -> {
                        if (!success) {
                            failure = message + ": " + error;
                        }
                    })
                    .notifying(this::count)
                    .build();
            this.thread = new Thread(engine, "engine");
            thread.start();
        }

        private void count(
                List<RecordChangeEvent<SourceRecord>> batch,
                DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
                throws InterruptedException {
            long count = rows;
            for (RecordChangeEvent<SourceRecord> event : batch) {
                if (event.record().topic().equals(topic)) {
                    count++;
                }
                committer.markProcessed(event);
            }
            committer.markBatchFinished();
            rows = count;
        }

        @Override
        public long rows() {
            String reason = failure;
            if (reason != null) {
                throw new BenchmarkException("Debezium's engine failed: " + reason);
            }
            return rows;
        }

        @Override
        public void close() {
            try {
                engine.close();
                thread.join();
            } catch (IOException e) {
                throw new BenchmarkException("Debezium's engine was not closed: " + e.getMessage(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
