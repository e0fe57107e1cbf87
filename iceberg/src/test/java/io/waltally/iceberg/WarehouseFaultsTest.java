package io.waltally.iceberg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.embedded.SmallDisk;
import io.waltally.iceberg.TargetHistory.Watermark;
import io.waltally.schemas.Source;
import io.waltally.schemas.serde.RegistryAccess;
import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TargetException.Kind;
import io.waltally.sinks.target.TopicOffsets;
import io.waltally.sinks.target.WriterClaim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every fault of a warehouse: the sink says what is wrong and how to fix it, a sink with another warehouse goes on, and
 * once the fault is fixed the tables have every change once.
 */
class WarehouseFaultsTest {
    private static final String REGISTRY = "mock://warehouse-faults";
    private static final String TABLE = "s3/object_locations";

    @TempDir
    private Path directory;

    private Path warehouse;
    private Optional<SmallDisk> disk = Optional.empty();
    private TargetHistory history;

    /** With the kind and a part of the message that the running sink shows. */
    private enum Fault {
        FULL_DISK(Kind.UNAVAILABLE, "No space left on device"),
        READ_ONLY(Kind.MISCONFIGURED, "is read-only: mount it for writing"),
        NOT_WRITABLE(Kind.MISCONFIGURED, "give the directory and its files to that user"),
        FILE_INSTEAD_OF_A_DIRECTORY(
                Kind.MISCONFIGURED,
                "s3/object_locations/metadata is in a file, not in a directory: move the file away"),
        DELETED_TABLE(Kind.UNAVAILABLE, "s3/object_locations is gone: it is made again and filled from its topic"),
        DELETED_NEWEST_METADATA(Kind.FENCED, "another instance writes the table in"),
        DELETED_MANIFEST_LIST(
                Kind.MISCONFIGURED, "which the table needs: restore it, or delete the directory of the table"),
        DAMAGED_METADATA(Kind.UNAVAILABLE, "v99.metadata.json is not the metadata of a table"),
        UNREADABLE_METADATA(Kind.UNAVAILABLE, "v99.metadata.json (Is a directory)");

        private final Kind kind;
        private final String reason;

        Fault(Kind kind, String reason) {
            this.kind = kind;
            this.reason = reason;
        }

        /** Whether it lasts until it is fixed by hand. */
        boolean lasts() {
            return this != DELETED_TABLE && this != DELETED_NEWEST_METADATA;
        }
    }

    @BeforeEach
    void createHistory() throws IOException {
        warehouse = Files.createDirectory(directory.resolve("lake"));
        history = new TargetHistory(REGISTRY, new Random(1), 20);
    }

    @AfterEach
    void unmount() throws Exception {
        if (disk.isPresent()) {
            disk.get().close();
        }
    }

    /** Root may write everywhere, and nobody else may mount a small file system, unless by sudo without a password. */
    static List<Fault> possibleFaults() throws Exception {
        List<Fault> faults = new ArrayList<>(List.of(Fault.values()));
        if ("root".equals(System.getProperty("user.name"))) {
            faults.remove(Fault.NOT_WRITABLE);
        }
        if (!canMount()) {
            faults.removeAll(List.of(Fault.FULL_DISK, Fault.READ_ONLY));
        }
        return faults;
    }

    private static boolean canMount() throws Exception {
        Path trial = Files.createTempDirectory("waltally-mount");
        try {
            Optional<SmallDisk> mounted = SmallDisk.mount(trial, 1);
            if (mounted.isPresent()) {
                mounted.get().close();
            }
            return mounted.isPresent();
        } finally {
            Files.delete(trial);
        }
    }

    @ParameterizedTest
    @MethodSource("possibleFaults")
    void theSinkSaysWhatIsWrongAndEndsEqual(Fault fault) throws Exception {
        // Given
        if (fault == Fault.FULL_DISK || fault == Fault.READ_ONLY) {
            disk = SmallDisk.mount(warehouse, 2);
            assertThat(disk).isPresent();
        }
        try (Instance instance = new Instance(warehouse)) {
            instance.write(9);
            inject(fault);
            try {
                // When
                assertFails(fault, () -> instance.write(19));
                if (fault.lasts()) {
                    assertFails(fault, () -> complete(warehouse));
                }
                complete(directory.resolve("other"));
            } finally {
                repair(fault);
            }
        }
        // Then
        complete(warehouse);
    }

    private void assertFails(Fault fault, ThrowingCallable write) {
        assertThatThrownBy(write)
                .isInstanceOfSatisfying(
                        TargetException.class,
                        e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(fault.kind))
                .hasMessageContaining(fault.reason);
    }

    /** What the next instance does. */
    private void complete(Path where) {
        try (Instance instance = new Instance(where)) {
            instance.write(19);
        }
        for (String name : TargetHistory.TABLES) {
            assertThat(Lake.rows(new Lake(where).table("s3", name)).stream().map(Lake::change))
                    .containsExactlyInAnyOrderElementsOf(history.changes.get(name));
        }
    }

    private void inject(Fault fault) throws Exception {
        switch (fault) {
            case FULL_DISK -> disk.orElseThrow().fill();
            case READ_ONLY -> disk.orElseThrow().setWritable(false);
            case NOT_WRITABLE -> permit("r-xr-xr-x");
            case FILE_INSTEAD_OF_A_DIRECTORY -> {
                Files.move(metadata(), aside());
                Files.createFile(metadata());
            }
            case DELETED_TABLE -> delete(warehouse.resolve(TABLE));
            case DELETED_NEWEST_METADATA -> Files.delete(newest());
            case DELETED_MANIFEST_LIST -> moveManifestLists(metadata(), Files.createDirectory(aside()));
            case DAMAGED_METADATA -> Files.writeString(later(), "{");
            case UNREADABLE_METADATA -> Files.createDirectory(later());
        }
    }

    private void repair(Fault fault) throws Exception {
        switch (fault) {
            case FULL_DISK -> disk.orElseThrow().free();
            case READ_ONLY -> disk.orElseThrow().setWritable(true);
            case NOT_WRITABLE -> permit("rwxr-xr-x");
            case FILE_INSTEAD_OF_A_DIRECTORY -> {
                Files.delete(metadata());
                Files.move(aside(), metadata());
            }
            case DELETED_MANIFEST_LIST -> moveManifestLists(aside(), metadata());
            case DAMAGED_METADATA, UNREADABLE_METADATA -> Files.delete(later());
            case DELETED_TABLE, DELETED_NEWEST_METADATA -> {
                // The sink mends them.
            }
        }
    }

    private Path metadata() {
        return warehouse.resolve(TABLE).resolve("metadata");
    }

    private Path aside() {
        return directory.resolve("aside");
    }

    private Path later() {
        return metadata().resolve("v99.metadata.json");
    }

    private Path newest() throws IOException {
        try (Stream<Path> files = Files.list(metadata())) {
            return files.filter(file -> file.toString().endsWith(".metadata.json"))
                    .max(Comparator.comparingInt(file ->
                            Integer.parseInt(file.getFileName().toString().replaceAll("\\D", ""))))
                    .orElseThrow();
        }
    }

    private static void moveManifestLists(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(file -> file.getFileName().toString().startsWith("snap-"))
                    .toList()) {
                Files.move(file, to.resolve(file.getFileName()));
            }
        }
    }

    private void permit(String permissions) throws IOException {
        for (Path each : List.of(metadata(), warehouse.resolve(TABLE).resolve("data"))) {
            Files.setPosixFilePermissions(each, PosixFilePermissions.fromString(permissions));
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Claims and writes as the engine does. */
    private final class Instance implements AutoCloseable {
        private final IcebergTarget target;
        private final Map<TopicPartition, Long> positions = new HashMap<>();

        Instance(Path where) {
            target = new IcebergTarget("lake", Source.S3, TargetHistory.TABLES, where, RegistryAccess.of(REGISTRY));
        }

        /** Up to a watermark. */
        void write(int watermark) {
            if (positions.isEmpty()) {
                claim();
            }
            Watermark end = history.watermarks.get(watermark);
            target.begin();
            try {
                history.records.forEach((partition, records) -> target.apply(records.subList(
                        positions.get(partition).intValue(),
                        end.ends().get(partition).intValue())));
                Map<TopicPartition, Long> next = new HashMap<>(end.ends());
                next.put(TargetHistory.WATERMARKS, end.offset());
                target.commit(new TopicOffsets(next, Optional.of(end.completeTo())));
                positions.putAll(next);
            } catch (RuntimeException e) {
                target.rollback();
                throw e;
            }
        }

        private void claim() {
            Map<TopicPartition, Uuid> partitions = new HashMap<>();
            history.records.keySet().forEach(partition -> partitions.put(partition, new Uuid(1, 1)));
            partitions.put(TargetHistory.WATERMARKS, new Uuid(2, 2));
            Map<TopicPartition, Long> known = target.claim(new WriterClaim("cluster", partitions, Optional.empty()));
            history.records.keySet().forEach(partition -> positions.put(partition, known.getOrDefault(partition, 0L)));
        }

        @Override
        public void close() {
            target.close();
        }
    }
}
