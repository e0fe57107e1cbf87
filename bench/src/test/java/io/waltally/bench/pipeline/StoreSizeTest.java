package io.waltally.bench.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;

class StoreSizeTest {
    @TempDir
    private Path state;

    @Test
    void aStoreIsWhatAllOfItsTasksHoldAndWhatWasDeletedTakesNoRoom() throws Exception {
        // Given
        write("0_0", "objects", 0, 1_000);
        write("0_1", "objects", 1_000, 3_000);
        write("0_1", "users", 0, 10);
        // When
        Map<String, StoreSize> sizes = StoreSize.measure(state, Set.of());
        // Then
        assertThat(sizes).containsOnlyKeys("objects", "users");
        assertThat(sizes.get("objects").entries()).isEqualTo(3_000);
        assertThat(sizes.get("objects").bytes()).isEqualTo(3_000 * (4 + 20));
        assertThat(sizes.get("objects").diskBytes()).isBetween(3_000L * 12, 3_000L * 48);
    }

    @Test
    void aDatabaseThatStoresShareIsDividedAmongThem() throws Exception {
        // Given
        Path directory = Files.createDirectories(state.resolve("waltally/1_0/rocksdb"));
        try (Options options = new Options().setCreateIfMissing(true);
                FlushOptions flush = new FlushOptions();
                RocksDB database =
                        RocksDB.open(options, directory.resolve("s3-state").toString())) {
            for (int i = 0; i < 300; i++) {
                database.put(text("objects\0%04d", i), text("%020d", i));
                database.put(text("users\0%06d", i), text("%050d", i));
            }
            database.flush(flush);
        }
        // When
        Map<String, StoreSize> sizes = StoreSize.measure(state, Set.of("s3-state"));
        // Then
        assertThat(sizes).containsOnlyKeys("objects", "users");
        assertThat(sizes.get("objects").bytes()).isEqualTo(300 * (8 + 4 + 20));
        assertThat(sizes.get("users").bytes()).isEqualTo(300 * (6 + 6 + 50));
        assertThat(sizes.get("users").diskBytes())
                .isGreaterThan(sizes.get("objects").diskBytes());
        assertThat(sizes.get("objects").diskBytes()).isPositive();
    }

    /** Entries, each written twice, and as many others that are deleted again. */
    private void write(String task, String store, int first, int end) throws Exception {
        Path directory =
                Files.createDirectories(state.resolve("waltally").resolve(task).resolve("rocksdb"));
        try (Options options =
                        new Options().setCreateIfMissing(true).setCompressionType(CompressionType.NO_COMPRESSION);
                FlushOptions flush = new FlushOptions();
                RocksDB database =
                        RocksDB.open(options, directory.resolve(store).toString())) {
            for (int i = first; i < end; i++) {
                database.put(text("%04d", i), text("%010d", i));
                database.put(text("x%04d", i), text("%020d", i));
            }
            database.flush(flush);
            for (int i = first; i < end; i++) {
                database.put(text("%04d", i), text("%020d", i));
                database.delete(text("x%04d", i));
            }
        }
    }

    private static byte[] text(String format, int value) {
        return format.formatted(value).getBytes(StandardCharsets.UTF_8);
    }
}
