package io.waltally.bench.capture;

import io.waltally.bench.BenchmarkException;
import io.waltally.connectors.capture.Capture;
import io.waltally.connectors.capture.CaptureState;
import io.waltally.connectors.capture.CaptureStatus;
import io.waltally.connectors.capture.publishing.Watermarks;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.control.WatermarkKey;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** Capture, exactly once into Kafka: a row is finished when its Kafka transaction has committed. */
public final class WaltallyCapture implements MeasuredReader {
    private final CaptureBenchmarkTarget target;
    private @Nullable Watermark origin;

    public WaltallyCapture(CaptureBenchmarkTarget target) {
        this.target = target;
    }

    /** Captures the tables as they are, and stops. The slot is then at the origin of all contenders. */
    public void snapshot(BooleanSupplier stopRequested) throws InterruptedException {
        try (Capturing reading = begin()) {
            while (!reading.streams() && !stopRequested.getAsBoolean()) {
                TimeUnit.MILLISECONDS.sleep(10);
            }
        }
        origin = new Watermarks(
                        target.kafka().catalogue().watermarks(), target.kafka().properties())
                .last(target.capture().source())
                .orElse(null);
    }

    @Override
    public String name() {
        return "capture";
    }

    @Override
    public String slot() {
        return target.capture().slot();
    }

    @Override
    public Reading start() {
        rewind();
        return begin();
    }

    /** Continues from the last watermark. */
    public Capturing begin() {
        return new Capturing(new Capture(target.capture(), target.kafka()));
    }

    /** Goes back to the origin by writing its watermark again. */
    private void rewind() {
        Topic<WatermarkKey, Watermark> watermarks = target.kafka().catalogue().watermarks();
        try (Producer<WatermarkKey, Watermark> producer = new KafkaProducer<>(
                target.kafka().properties(),
                watermarks.keySerde().serializer(),
                watermarks.valueSerde().serializer())) {
            var unused = producer.send(new ProducerRecord<>(
                    watermarks.name(),
                    TopicCatalogue.watermarkPartition(target.capture().source()),
                    new WatermarkKey(target.capture().source().id()),
                    origin));
            producer.flush();
        }
    }

    record Capturing(Capture capture) implements Reading {
        Capturing {
            capture.start();
        }

        /** Whether the initial snapshot is complete and capture streams. */
        boolean streams() {
            CaptureStatus status = status();
            return status.state() == CaptureState.STREAMING
                    && status.captured().isPresent()
                    && status.snapshots().isEmpty();
        }

        @Override
        public long rows() {
            return status().changes();
        }

        private CaptureStatus status() {
            CaptureStatus status = capture.status();
            if (status.state() == CaptureState.FAILED || status.state() == CaptureState.FENCED) {
                throw new BenchmarkException(
                        "capture failed: " + status.reason().orElse("no reason given"));
            }
            return status;
        }

        @Override
        public void close() {
            capture.close();
        }
    }
}
