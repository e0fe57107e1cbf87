package io.waltally.bench.capture;

import io.waltally.bench.BenchmarkException;
import io.waltally.bench.DebeziumServer;
import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.debezium.CaptureEngine;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/**
 * Debezium Server with its Kafka sink, in its own process: JSON without schemas, at least once, with larger batches
 * than by default. Its JVM is new in each round, so only the second half of the rows is measured.
 */
final class DebeziumServerDrain implements MeasuredReader {
    private static final String PREFIX = "bench_server";
    private static final int PARTITIONS = 4;

    private final DebeziumServer server;
    private final CaptureConfig config;
    private final Map<String, Object> kafka;
    private final String topic;

    DebeziumServerDrain(DebeziumServer server, CaptureConfig config, Map<String, Object> kafka, String table) {
        this.server = server;
        this.config = config;
        this.kafka = kafka;
        this.topic = PREFIX + ".public." + table;
    }

    @Override
    public String name() {
        return "server";
    }

    @Override
    public String slot() {
        return PREFIX;
    }

    @Override
    public int warmUp(int rows) {
        return rows / 2;
    }

    @Override
    public Reading start() {
        return new Running();
    }

    private Properties properties() {
        Properties engine = CaptureEngine.properties(config.withSlot(slot()));
        Properties properties = new Properties();
        for (String key : List.of(
                "database.hostname",
                "database.port",
                "database.dbname",
                "database.user",
                "database.password",
                "plugin.name",
                "publication.name",
                "slot.name",
                "table.include.list",
                "snapshot.mode",
                "connector.class")) {
            if (engine.containsKey(key)) {
                properties.setProperty("debezium.source." + key, engine.getProperty(key));
            }
        }
        properties.setProperty("debezium.source.topic.prefix", PREFIX);
        properties.setProperty("debezium.source.publication.autocreate.mode", "disabled");
        properties.setProperty(
                "debezium.source.offset.storage", "org.apache.kafka.connect.storage.MemoryOffsetBackingStore");
        properties.setProperty("debezium.source.offset.flush.interval.ms", "1000");
        properties.setProperty("debezium.source.max.batch.size", "8192");
        properties.setProperty("debezium.source.max.queue.size", "32768");
        properties.setProperty("debezium.source.poll.interval.ms", "10");
        properties.setProperty("debezium.format.key", "json");
        properties.setProperty("debezium.format.value", "json");
        properties.setProperty("debezium.format.key.schemas.enable", "false");
        properties.setProperty("debezium.format.value.schemas.enable", "false");
        properties.setProperty("debezium.sink.type", "kafka");
        String producer = "debezium.sink.kafka.producer.";
        kafka.forEach((key, value) -> properties.setProperty(producer + key, value.toString()));
        String serializer = "org.apache.kafka.common.serialization.StringSerializer";
        properties.setProperty(producer + "key.serializer", serializer);
        properties.setProperty(producer + "value.serializer", serializer);
        properties.setProperty(producer + "batch.size", "131072");
        properties.setProperty(producer + "linger.ms", "5");
        properties.setProperty(producer + "compression.type", "lz4");
        properties.setProperty("quarkus.http.host", "127.0.0.1");
        properties.setProperty("quarkus.http.port", "0");
        properties.setProperty("quarkus.log.level", "WARN");
        return properties;
    }

    private final class Running implements Reading {
        private static final long LOOK_NANOS = 20_000_000;

        private final Path directory;
        private final Path log;
        private final Process process;
        private final Admin admin;
        private long lookedAt = System.nanoTime();
        private long rows;

        Running() {
            try {
                directory = Files.createTempDirectory("waltally-debezium-server");
                log = directory.resolve("log");
                Path configuration = Files.createDirectories(directory.resolve("config"));
                try (Writer writer = Files.newBufferedWriter(configuration.resolve("application.properties"))) {
                    properties().store(writer, null);
                }
                admin = Admin.create(kafka);
                makeTopic();
                process = new ProcessBuilder(
                                server.java().toString(),
                                "-Xms1g",
                                "-Xmx1g",
                                "-XX:+UseParallelGC",
                                "-cp",
                                String.join(
                                        File.pathSeparator,
                                        server.runner().toString(),
                                        configuration.toString(),
                                        server.home().resolve("lib") + File.separator + "*"),
                                "io.debezium.server.Main")
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
            } catch (IOException e) {
                throw new UncheckedIOException("Debezium Server cannot be started", e);
            }
        }

        private void makeTopic() {
            try {
                admin.createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) 1)))
                        .all()
                        .get();
            } catch (ExecutionException e) {
                throw new BenchmarkException("the topic of Debezium Server cannot be made: " + e.getMessage(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public long rows() {
            if (System.nanoTime() - lookedAt > LOOK_NANOS) {
                requireAlive();
                rows = ends();
                lookedAt = System.nanoTime();
            }
            return rows;
        }

        private void requireAlive() {
            if (!process.isAlive()) {
                try {
                    List<String> lines = Files.readAllLines(log);
                    throw new BenchmarkException("Debezium Server ended: "
                            + String.join("; ", lines.subList(Math.max(0, lines.size() - 3), lines.size())));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }

        private long ends() {
            try {
                return admin
                        .listOffsets(IntStream.range(0, PARTITIONS)
                                .boxed()
                                .collect(Collectors.toMap(
                                        partition -> new TopicPartition(topic, partition),
                                        partition -> OffsetSpec.latest())))
                        .all()
                        .get()
                        .values()
                        .stream()
                        .mapToLong(ListOffsetsResultInfo::offset)
                        .sum();
            } catch (ExecutionException e) {
                throw new BenchmarkException("the topic of Debezium Server cannot be read: " + e.getMessage(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return rows;
            }
        }

        @Override
        public void close() {
            process.destroy();
            try {
                if (!process.waitFor(30, TimeUnit.SECONDS)) {
                    process.destroyForcibly().waitFor();
                }
                admin.deleteTopics(List.of(topic)).all().get();
                while (admin.listTopics().names().get().contains(topic)) {
                    TimeUnit.MILLISECONDS.sleep(10);
                }
            } catch (ExecutionException e) {
                throw new BenchmarkException("the topic of Debezium Server cannot be removed: " + e.getMessage(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            admin.close();
            remove();
        }

        private void remove() {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
