package io.waltally.pipeline.captured;

import io.waltally.schemas.Source;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.control.WatermarkKey;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The cdc topics of a broker, written as capture writes them. */
public final class CapturedTopics implements AutoCloseable {
    private final Topic<WatermarkKey, Watermark> watermarks;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Map<Source, Integer> written = new HashMap<>();

    public CapturedTopics(TopicCatalogue topics, String bootstrapServers) {
        watermarks = topics.watermarks();
        producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers, ProducerConfig.LINGER_MS_CONFIG, 1),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /** What is new in the log, then that it is there. */
    public void write(CapturedLog log) {
        Source source = log.source();
        int from = written.getOrDefault(source, 0);
        log.entries().subList(from, log.entries().size()).forEach(entry -> send(record(entry)));
        written.put(source, log.entries().size());
        producer.flush();
        String topic = watermarks.name();
        send(new ProducerRecord<>(
                topic,
                watermarks.keySerde().serializer().serialize(topic, new WatermarkKey(source.id())),
                watermarks.valueSerde().serializer().serialize(topic, log.watermark())));
        producer.flush();
    }

    private void send(ProducerRecord<byte[], byte[]> record) {
        // What is not written is missing in the end.
        var unused = producer.send(record);
    }

    private static <K extends SpecificRecord, R> ProducerRecord<byte[], byte[]> record(CapturedLog.Entry<K, R> entry) {
        String topic = entry.topic().name();
        return new ProducerRecord<>(
                topic,
                entry.partition(),
                entry.time().toEpochMilli(),
                entry.topic().keySerde().serializer().serialize(topic, entry.key()),
                entry.topic().valueSerde().serializer().serialize(topic, entry.change()),
                entry.headers());
    }

    @Override
    public void close() {
        producer.close();
    }
}
