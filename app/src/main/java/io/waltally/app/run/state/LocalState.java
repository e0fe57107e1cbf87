package io.waltally.app.run.state;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.failure.FileFailure;
import io.waltally.pipeline.Pipeline;
import io.waltally.schemas.topic.TopicCatalogue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of this process's state stores. Local state is a cache of one history: a file in the directory records
 * the cluster, application and topics that it was made from. State of another history is never opened, but set aside
 * and rebuilt from the changelogs. If those belong to another history too, because topics were created anew or lost
 * records, the start fails.
 */
public final class LocalState {
    private static final Logger LOG = LoggerFactory.getLogger(LocalState.class);
    static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final DateTimeFormatter TIMESTAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

    /** The lock file of Kafka Streams in the directory of an application. */
    private static final String LOCK = ".lock";

    private static final Duration RECORDED_AGAIN_AFTER = Duration.ofMinutes(10);
    private static final String SET_ASIDE = ".set-aside-";

    private final StateHistory history;
    private final RecordedState recorded;
    private final Path root;
    private final Path application;
    private final Path identityFile;
    private final Path stopMarkFile;
    private StateIdentity known;
    private Instant recordedAt = Instant.EPOCH;
    private final Map<String, Long> positions = new HashMap<>();

    /** The beginnings of the tally topics, as {@link StateHistory#requireFromBeginning} returned them. */
    private final Map<String, Long> beginnings = new HashMap<>();

    /**
     * A mark that an orderly stop writes to the directory and to Kafka. State is reused only after such a stop. If
     * Kafka does not have the mark, it was restored from an earlier backup.
     *
     * @param directory id of the directory
     * @param value changes with each stop; null before the first one
     * @param lost whether something was lost that the state was made from
     */
    record StopMark(
            @JsonProperty("directory") String directory,
            @JsonProperty("seal") @Nullable String value,
            @JsonProperty("lost") boolean lost) {}

    private LocalState(
            Configuration configuration, TopicCatalogue topics, StateHistory history, Path root, StateIdentity known) {
        this.history = history;
        this.known = known;
        this.recorded = new RecordedState(configuration, topics);
        this.root = root;
        String applicationId = configuration.streams().pipeline().applicationId();
        this.application = root.resolve(applicationId);
        this.identityFile = root.resolve(applicationId + ".identity.json");
        this.stopMarkFile = root.resolve(applicationId + ".seal.json");
    }

    /**
     * Prepares the directory for Kafka Streams. {@link #update} is to be called while it runs, and {@link #markStopped}
     * after it has stopped.
     *
     * @param pipeline the topologies of the application
     * @throws ConfigException if the directory is unusable or in use, or if a setting differs from the one that state
     *     was made with
     */
    public static LocalState prepare(Configuration configuration, TopicCatalogue topics, Pipeline pipeline) {
        LocalState state = of(configuration, topics, pipeline);
        try {
            Files.createDirectories(state.application);
            Optional<String> unusable = state.examine();
            if (unusable.isPresent()) {
                state.setAside(unusable.get());
            }
            if (state.readStopMark().isEmpty()) {
                write(state.stopMarkFile, new StopMark(UUID.randomUUID().toString(), null, false));
            }
            state.write(state.known);
        } catch (IOException e) {
            throw StateDirectory.unusable(state.root, FileFailure.reason(e));
        }
        return state;
    }

    /**
     * Makes the checks of {@link #prepare}, and changes nothing. The topic of recorded states must exist.
     *
     * @return why the state in the directory would be set aside; empty if it would be used, or if there is none
     * @throws ConfigException as {@link #prepare} does
     */
    public static Optional<String> inspect(Configuration configuration, TopicCatalogue topics, Pipeline pipeline) {
        LocalState state = of(configuration, topics, pipeline);
        try {
            return state.examine();
        } catch (IOException e) {
            throw StateDirectory.unusable(state.root, FileFailure.reason(e));
        }
    }

    private static LocalState of(Configuration configuration, TopicCatalogue topics, Pipeline pipeline) {
        StateHistory history = new StateHistory(configuration, topics, pipeline);
        StateIdentity now;
        try (Admin admin = Admin.create(Map.copyOf(configuration.kafka().properties()))) {
            now = history.now(admin);
        }
        return new LocalState(
                configuration, topics, history, configuration.streams().stateDirectory(now.cluster()), now);
    }

    /** Returns why the state in the directory is to be set aside; empty if it may be used, or if there is none. */
    private Optional<String> examine() throws IOException {
        StateIdentity now = known;
        requireUnused();
        RecordedState.Contents contents = recorded.read(now.application());
        contents.madeFrom()
                .map(before -> before.only(history.used()))
                .ifPresent(before -> requireAsRecorded(before, now));
        Optional<String> unusable = reasonToSetAside(now, contents.stopMarks());
        history.requireStateOfThisVersion(contents.madeFrom(), now);
        beginnings.putAll(history.requireFromBeginning(now, contents.beginnings()));
        history.requireUnreadRecords(now);
        positions.putAll(contents.positions());
        contents.usedAt().ifPresent(usedAt -> history.requireDeletionsKept(now, usedAt, contents.positions()));
        return unusable;
    }

    /** Checks what changelogs and committed offsets were made from, whatever this process has on its disk. */
    private void requireAsRecorded(StateIdentity before, StateIdentity now) {
        requireSameSettings(before, now);
        before.difference(now).ifPresent(reason -> history.requireNothingLeft(before, now, reason));
    }

    /** The topics that exist, of those that state is made from. */
    public synchronized Set<String> topics() {
        return known.topics().keySet();
    }

    /** The value of Kafka Streams' {@code state.dir}. */
    public Path directory() {
        return root;
    }

    /**
     * Adds the topics that Kafka Streams has created since, and records from time to time that the state is in use.
     *
     * @return the lost data that the state is made from
     */
    public synchronized Optional<String> update(Admin admin) {
        StateIdentity now = history.now(admin);
        Optional<String> lost = known.difference(now).or(() -> history.lost(admin, now, beginnings));
        boolean stale = recordedAt.plus(RECORDED_AGAIN_AFTER).isBefore(Instant.now());
        if (lost.isEmpty() && (stale || !now.equals(known))) {
            try {
                write(now);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            known = now;
        }
        return lost;
    }

    /** To be called after an orderly stop only. */
    public synchronized void markStopped() {
        try {
            StopMark stopMark = new StopMark(id(), UUID.randomUUID().toString(), false);
            record(known);
            recorded.markStopped(known, stopMark);
            write(stopMarkFile, stopMark);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes the next start set the state aside. */
    public synchronized void invalidate() {
        try {
            write(stopMarkFile, new StopMark(id(), null, true));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The id of the directory, which changes when its state is replaced. */
    public String id() {
        return readStopMark()
                .map(StopMark::directory)
                .orElseGet(() -> UUID.randomUUID().toString());
    }

    private Optional<String> reasonToSetAside(StateIdentity now, Map<String, String> stopMarks) throws IOException {
        if (isEmpty()) {
            return Optional.empty();
        }
        Optional<StateIdentity> before = read();
        before.ifPresent(made -> requireSameSettings(made, now));
        Optional<String> reason = before.isPresent()
                ? before.get().difference(now)
                : Optional.of("there is no record of the cluster that it belongs to");
        if (reason.isPresent() && before.isPresent() && before.get().cluster().equals(now.cluster())) {
            history.requireNothingLeft(before.get(), now, reason.get());
        }
        return reason.or(() -> reasonNotToUse(stopMarks));
    }

    /** The reason why the state must not be used although everything that it was made from exists. */
    private Optional<String> reasonNotToUse(Map<String, String> stopMarks) {
        return readStopMark().flatMap(stopMark -> {
            if (stopMark.lost()) {
                return Optional.of("a topic that it was made from was lost while it was in use");
            }
            return Objects.equals(stopMark.value(), stopMarks.get(stopMark.directory()))
                    ? Optional.empty()
                    : Optional.of("its mark of an orderly stop is not recorded in Kafka, so the directory or Kafka was"
                            + " restored from a backup");
        });
    }

    /** Checks a setting that the changelogs depend on too, so that rebuilding the state would not help. */
    private static void requireSameSettings(StateIdentity made, StateIdentity now) {
        if (made.cluster().equals(now.cluster())
                && made.application().equals(now.application())
                && !made.payloadLength().equals(now.payloadLength())) {
            throw new ConfigException(
                    "streams.payload-length",
                    asConfigured(now.payloadLength()),
                    "the state of application " + made.application() + " was made with "
                            + asConfigured(made.payloadLength())
                            + "; set that, or set another streams.application-id, which tallies anew");
        }
    }

    /** The recorded name of a constant, as the configuration has it. */
    private static String asConfigured(String constant) {
        return constant.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private void setAside(String reason) throws IOException {
        Path target = root.resolve(application.getFileName() + SET_ASIDE + TIMESTAMP.format(Instant.now()));
        try (FileChannel channel = lockFile();
                FileLock held = tryLock(channel)) {
            if (held == null) {
                throw inUse();
            }
            for (Path former : earlierSetAside()) {
                delete(former);
            }
            Files.move(application, target);
        }
        Files.createDirectories(application);
        Files.deleteIfExists(stopMarkFile);
        LOG.warn(
                "the local state in {} is not used: {}. It was moved to {}; state is rebuilt from the changelogs",
                application,
                reason,
                target);
    }

    private void requireUnused() throws IOException {
        if (!Files.exists(application.resolve(LOCK))) {
            return;
        }
        try (FileChannel channel = lockFile();
                FileLock held = tryLock(channel)) {
            if (held == null) {
                throw inUse();
            }
        }
    }

    private FileChannel lockFile() throws IOException {
        return FileChannel.open(application.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    private ConfigException inUse() {
        return new ConfigException(
                StateDirectory.KEY,
                root.toString(),
                "another process uses it; give each process a directory of its own");
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    /** Keeps one directory of state that was set aside, so that they do not fill the disk. */
    private List<Path> earlierSetAside() throws IOException {
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
        if (!Files.exists(application)) {
            return true;
        }
        try (Stream<Path> entries = Files.list(application)) {
            return entries.allMatch(entry -> entry.getFileName().toString().equals(LOCK));
        }
    }

    private Optional<StateIdentity> read() {
        return read(identityFile, StateIdentity.class).map(before -> before.only(history.used()));
    }

    private Optional<StopMark> readStopMark() {
        return read(stopMarkFile, StopMark.class);
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

    private void write(StateIdentity identity) throws IOException {
        write(identityFile, identity);
        record(identity);
    }

    /** Kafka forgets the offsets of a group that was away for long, so they are recorded, too. */
    private void record(StateIdentity identity) {
        positions.putAll(history.positions());
        recorded.write(identity, positions, beginnings);
        recordedAt = Instant.now();
    }

    private static void write(Path file, Object value) throws IOException {
        Path written = file.resolveSibling(file.getFileName() + ".new");
        JSON.writeValue(written.toFile(), value);
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
