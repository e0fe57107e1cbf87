package io.waltally.app.run;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.waltally.app.config.ConfigException;
import io.waltally.app.config.Configuration;
import io.waltally.schemas.Source;
import io.waltally.schemas.TopicCatalogue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicListing;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of this process's state stores. State is a cache of one history: a file beside it says of which cluster,
 * application and topics. State of another history is never opened; it is set aside, and rebuilt from the changelogs. Where
 * those, too, belong to another history, because topics were made anew or lost records, the start ends with an error.
 */
final class LocalState {
    private static final Logger LOG = LoggerFactory.getLogger(LocalState.class);
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final DateTimeFormatter TIMESTAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

    /** The file that Kafka Streams locks while it uses the directory of an application. */
    private static final String LOCK = ".lock";

    private static final String SET_ASIDE = ".set-aside-";

    private final Configuration configuration;
    private final TopicCatalogue topics;
    private final RecordedState recorded;
    private final Path root;
    private final Path application;
    private final Path identityFile;
    private final Path sealFile;
    private final Map<TopicPartition, Long> ends = new HashMap<>();
    private Identity known;

    /**
     * Marks a directory at an orderly stop, here and in Kafka. State outlives only such a stop, so that a Kafka that does not
     * know the mark is not the one that state was made from: it was restored from an earlier backup.
     *
     * @param directory an id of its own
     * @param value another one at each stop; null if the last stop was for the loss of what state was made from
     */
    record Seal(
            @JsonProperty("directory") String directory,
            @JsonProperty("seal") @Nullable String value) {}

    /**
     * What state was made from.
     *
     * @param topics ids by name, of changelogs and repartition topics, and of those that are read and written
     */
    record Identity(
            @JsonProperty("cluster") String cluster,
            @JsonProperty("application") String application,
            @JsonProperty("payload-length") String payloadLength,
            @JsonProperty("topics") Map<String, String> topics) {
        Identity {
            topics = new TreeMap<>(topics);
        }

        /** Says how the other differs; empty if state that was made from this may be used with the other. */
        Optional<String> difference(Identity other) {
            if (!cluster.equals(other.cluster)) {
                return Optional.of("it belongs to Kafka cluster " + cluster + ", not " + other.cluster);
            }
            if (!application.equals(other.application)) {
                return Optional.of("it belongs to application " + application + ", not " + other.application);
            }
            return topics.entrySet().stream()
                    .filter(topic -> !topic.getValue().equals(other.topics.get(topic.getKey())))
                    .map(topic -> "topic " + topic.getKey()
                            + (other.topics.containsKey(topic.getKey())
                                    ? " was deleted and made again"
                                    : " does not exist any more"))
                    .findFirst();
        }
    }

    private LocalState(Configuration configuration, TopicCatalogue topics, Path root, Identity known) {
        this.configuration = configuration;
        this.known = known;
        this.topics = topics;
        this.recorded = new RecordedState(configuration, topics);
        this.root = root;
        String applicationId = configuration.streams().pipeline().applicationId();
        this.application = root.resolve(applicationId);
        this.identityFile = root.resolve(applicationId + ".identity.json");
        this.sealFile = root.resolve(applicationId + ".seal.json");
    }

    /**
     * Makes the directory ready for Kafka Streams. Call {@link #update} while it runs, and {@link #seal} once it has stopped.
     *
     * @throws ConfigException if the directory cannot be used, or another process uses it, or a setting is not that with
     *     which state was made
     */
    static LocalState prepare(Configuration configuration, TopicCatalogue topics) {
        Identity now;
        try (Admin admin = Admin.create(Map.copyOf(configuration.kafka().properties()))) {
            now = identity(admin, configuration, topics);
        }
        LocalState state =
                new LocalState(configuration, topics, configuration.streams().stateDirectory(now.cluster()), now);
        try {
            Files.createDirectories(state.application);
            RecordedState.Contents recorded = state.recorded.read(now.application());
            recorded.madeFrom().ifPresent(before -> state.requireAsRecorded(before, now));
            state.setAsideUnless(now, recorded.seals());
            state.requireRecordsToGoOn();
            state.write(now);
        } catch (IOException e) {
            throw new ConfigException("streams.state-directory", state.root.toString(), "cannot be used: " + e);
        }
        return state;
    }

    /** What the changelogs and the committed offsets were made from, whatever this process has on its disk. */
    private void requireAsRecorded(Identity before, Identity now) {
        requireSameSettings(before, now);
        before.difference(now).ifPresent(reason -> requireNothingLeft(before, now, reason));
    }

    /** What Kafka Streams takes as {@code state.dir}. */
    Path directory() {
        return root;
    }

    /**
     * Adds the topics that Kafka Streams has made since.
     *
     * @return what is not there any more of all that state is made from
     */
    synchronized Optional<String> update(Admin admin) {
        Identity now = identity(admin, configuration, topics);
        Optional<String> lost = known.difference(now).or(() -> shortened(admin, now));
        if (lost.isEmpty() && !now.equals(known)) {
            try {
                write(now);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            known = now;
        }
        return lost;
    }

    /** A partition that ends before where it ended once lost records, and state may have been made from these. */
    private Optional<String> shortened(Admin admin, Identity now) {
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        get(admin.describeTopics(now.topics().keySet()).allTopicNames())
                .values()
                .forEach(topic -> topic.partitions()
                        .forEach(partition -> latest.put(
                                new TopicPartition(topic.name(), partition.partition()), OffsetSpec.latest())));
        Map<TopicPartition, ListOffsetsResultInfo> found =
                get(admin.listOffsets(latest).all());
        Optional<String> lost = found.entrySet().stream()
                .filter(end -> end.getValue().offset() < ends.getOrDefault(end.getKey(), 0L))
                .map(end -> end.getKey() + " ends at " + end.getValue().offset() + ", and ended at "
                        + ends.get(end.getKey()) + " before: Kafka lost records or was restored")
                .findFirst();
        if (lost.isEmpty()) {
            found.forEach((partition, end) -> ends.put(partition, end.offset()));
        }
        return lost;
    }

    /** Call after an orderly stop only. */
    synchronized void seal() {
        try {
            Seal seal = new Seal(directoryId(), UUID.randomUUID().toString());
            recorded.seal(known, seal);
            write(sealFile, seal);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lets the next start set the state aside. */
    synchronized void distrust() {
        try {
            write(sealFile, new Seal(directoryId(), null));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String directoryId() {
        return readSeal().map(Seal::directory).orElseGet(() -> UUID.randomUUID().toString());
    }

    private void setAsideUnless(Identity now, Map<String, String> seals) throws IOException {
        if (isEmpty()) {
            return;
        }
        Optional<Identity> before = read();
        before.ifPresent(made -> requireSameSettings(made, now));
        Optional<String> reason = before.isPresent()
                ? before.get().difference(now)
                : Optional.of("there is no record of the cluster that it belongs to");
        if (reason.isPresent() && before.isPresent() && before.get().cluster().equals(now.cluster())) {
            requireNothingLeft(before.get(), now, reason.get());
        }
        Optional<String> mistrusted = reason.or(() -> mistrust(seals));
        if (mistrusted.isPresent()) {
            setAside(mistrusted.get());
        }
    }

    /** Why state must not be used although all that it was made from is there. */
    private Optional<String> mistrust(Map<String, String> seals) {
        return readSeal().flatMap(seal -> {
            if (seal.value() == null) {
                return Optional.of("it was in use when something was lost that it is made from");
            }
            return seal.value().equals(seals.get(seal.directory()))
                    ? Optional.empty()
                    : Optional.of(
                            "Kafka does not know of the stop that left it, so one of the two is an earlier backup");
        });
    }

    /**
     * The state that a lost changelog held is presupposed by the committed offsets and by the other changelogs. Without all
     * of them the topologies read the cdc topics from their beginning, and state is right.
     */
    private void requireNothingLeft(Identity before, Identity now, String reason) {
        String group = configuration.streams().pipeline().applicationId();
        boolean left = before.topics().entrySet().stream()
                .filter(topic -> isInternal(topic.getKey(), group))
                .anyMatch(topic -> topic.getValue().equals(now.topics().get(topic.getKey())));
        if (!left) {
            try (Admin admin = Admin.create(Map.copyOf(configuration.kafka().properties()))) {
                left = !get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
                        .isEmpty();
            }
        }
        if (left) {
            throw beginAnew(
                    reason + ": what the state was made from is not there any more, and the committed offsets and"
                            + " the internal topics presuppose it");
        }
    }

    /** Records that were to be read next may be gone, or never have been in a topic that was made anew. */
    private void requireRecordsToGoOn() {
        Set<String> used = used(topics);
        String group = configuration.streams().pipeline().applicationId();
        try (Admin admin = Admin.create(Map.copyOf(configuration.kafka().properties()))) {
            Map<TopicPartition, OffsetAndMetadata> committed =
                    new HashMap<>(get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata()));
            Set<String> there = get(admin.listTopics().names());
            committed.values().removeIf(Objects::isNull);
            committed
                    .keySet()
                    .removeIf(partition -> !used.contains(partition.topic()) || !there.contains(partition.topic()));
            Map<TopicPartition, OffsetSpec> first = new HashMap<>();
            Map<TopicPartition, OffsetSpec> last = new HashMap<>();
            committed.keySet().forEach(partition -> {
                first.put(partition, OffsetSpec.earliest());
                last.put(partition, OffsetSpec.latest());
            });
            Map<TopicPartition, ListOffsetsResultInfo> begins =
                    get(admin.listOffsets(first).all());
            Map<TopicPartition, ListOffsetsResultInfo> ends =
                    get(admin.listOffsets(last).all());
            committed.forEach((partition, next) -> {
                if (next.offset() > ends.get(partition).offset()) {
                    throw beginAnew(partition + " ends at "
                            + ends.get(partition).offset() + ", and was read up to " + next.offset()
                            + ": the topic was made anew, or Kafka lost records or was restored");
                }
                if (next.offset() < begins.get(partition).offset()) {
                    throw beginAnew(
                            partition + " begins at " + begins.get(partition).offset() + ", and " + next.offset()
                                    + " was to be read next: records were deleted before they were tallied");
                }
            });
        }
    }

    private ConfigException beginAnew(String reason) {
        String group = configuration.streams().pipeline().applicationId();
        String server = " --bootstrap-server " + configuration.kafka().bootstrapServers();
        return new ConfigException(
                "streams.application-id",
                group,
                reason + ". Stop all instances, then let the application begin anew: kafka-streams-application-reset.sh"
                        + server + " --application-id " + group
                        + " deletes its internal topics, kafka-consumer-groups.sh"
                        + server + " --delete --group " + group
                        + " its offsets. The next start reads the cdc topics from"
                        + " their beginning; where they lack rows, capture says so too");
    }

    /** The changelogs have the setting in them, too: state that is rebuilt from them would not be another one. */
    private static void requireSameSettings(Identity made, Identity now) {
        if (made.cluster().equals(now.cluster())
                && made.application().equals(now.application())
                && !made.payloadLength().equals(now.payloadLength())) {
            throw new ConfigException(
                    "streams.payload-length",
                    now.payloadLength(),
                    "the state of application " + made.application() + " was made with " + made.payloadLength()
                            + "; set that, or set another streams.application-id, which tallies anew");
        }
    }

    private void setAside(String reason) throws IOException {
        Path lock = application.resolve(LOCK);
        Path target = root.resolve(application.getFileName() + SET_ASIDE + TIMESTAMP.format(Instant.now()));
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock held = tryLock(channel)) {
            if (held == null) {
                throw new ConfigException(
                        "streams.state-directory",
                        root.toString(),
                        "another process uses it; give each process a directory of its own");
            }
            for (Path former : formerOnes()) {
                delete(former);
            }
            Files.move(application, target);
        }
        Files.createDirectories(application);
        Files.deleteIfExists(sealFile);
        LOG.warn(
                "the local state in {} is not used: {}. It was moved to {}; state is rebuilt from the changelogs",
                application,
                reason,
                target);
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    /** One is kept, so that they do not fill the disk. */
    private List<Path> formerOnes() throws IOException {
        try (Stream<Path> entries = Files.list(root)) {
            return entries.filter(
                            entry -> entry.getFileName().toString().startsWith(application.getFileName() + SET_ASIDE))
                    .toList();
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> entries = Files.walk(directory)) {
            for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(entry);
            }
        }
    }

    private boolean isEmpty() throws IOException {
        try (Stream<Path> entries = Files.list(application)) {
            return entries.allMatch(entry -> entry.getFileName().toString().equals(LOCK));
        }
    }

    private Optional<Identity> read() {
        return read(identityFile, Identity.class);
    }

    private Optional<Seal> readSeal() {
        return read(sealFile, Seal.class);
    }

    private static <T> Optional<T> read(Path file, Class<T> type) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(JSON.readValue(file.toFile(), type));
        } catch (IOException e) {
            LOG.debug("{} cannot be read", file, e);
            return Optional.empty();
        }
    }

    private void write(Identity identity) throws IOException {
        write(identityFile, identity);
        recorded.write(identity);
    }

    private static void write(Path file, Object value) throws IOException {
        Path written = file.resolveSibling(file.getFileName() + ".new");
        JSON.writeValue(written.toFile(), value);
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static Identity identity(Admin admin, Configuration configuration, TopicCatalogue topics) {
        Set<String> used = used(topics);
        String applicationId = configuration.streams().pipeline().applicationId();
        return new Identity(
                get(admin.describeCluster().clusterId()),
                applicationId,
                configuration.streams().pipeline().payloadLength().toString(),
                get(admin.listTopics().listings()).stream()
                        .filter(topic -> isInternal(topic.name(), applicationId) || used.contains(topic.name()))
                        .collect(Collectors.toMap(
                                TopicListing::name, topic -> topic.topicId().toString())));
    }

    /** What state is made from, and what the tallies in it are already in. */
    private static Set<String> used(TopicCatalogue topics) {
        Set<String> names = new HashSet<>();
        for (Source source : Source.values()) {
            source.defaultTables()
                    .forEach(table -> names.add(topics.changesOf(source, table).name()));
        }
        topics.ownSchemas().forEach(topic -> names.add(topic.name()));
        names.removeAll(
                List.of(topics.captureFailures().name(), topics.streamsStates().name()));
        return names;
    }

    private static boolean isInternal(String topic, String applicationId) {
        return topic.startsWith(applicationId + "-")
                && (topic.endsWith("-changelog") || topic.endsWith("-repartition"));
    }

    private static <T> T get(KafkaFuture<T> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException cause ? cause : new KafkaException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted while waiting for the cluster", e);
        }
    }
}
