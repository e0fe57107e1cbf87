package io.waltally.bench.pipeline;

import io.waltally.bench.BenchmarkException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ConfigOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.OptionsUtil;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * The size of a state store over all tasks.
 *
 * @param bytes of keys and values
 * @param diskBytes of its files after compaction; of files that stores share, the part that its bytes are of theirs
 */
record StoreSize(long entries, long bytes, long diskBytes) {
    /** Name of the directory in which a task keeps its stores, each in its own directory. */
    private static final String STORES = "rocksdb";

    /** The column family in which Kafka Streams keeps offsets. */
    private static final String OFFSETS = "offsets";

    private StoreSize plus(StoreSize other) {
        return new StoreSize(entries + other.entries, bytes + other.bytes, diskBytes + other.diskBytes);
    }

    /**
     * Measures all stores by name, and compacts them. No process may use them.
     *
     * @param stateDirectory of Kafka Streams
     * @param shared names of databases in which a key begins with the name of its store and a zero byte
     */
    static Map<String, StoreSize> measure(Path stateDirectory, Set<String> shared) {
        RocksDB.loadLibrary();
        Map<String, StoreSize> sizes = new TreeMap<>();
        try (Stream<Path> directories = Files.walk(stateDirectory)) {
            for (Path store : directories.filter(StoreSize::isStore).toList()) {
                String name = store.getFileName().toString();
                of(store, shared.contains(name) ? StoreSize::firstPart : key -> name)
                        .forEach((part, size) -> sizes.merge(part, size, StoreSize::plus));
            }
        } catch (IOException | RocksDBException e) {
            throw new BenchmarkException("the state cannot be measured: " + e.getMessage(), e);
        }
        return sizes;
    }

    private static boolean isStore(Path directory) {
        return Files.isDirectory(directory)
                && directory.getParent().getFileName().toString().equals(STORES);
    }

    private static String firstPart(byte[] key) {
        int end = 0;
        while (key[end] != 0) {
            end++;
        }
        return new String(key, 0, end, StandardCharsets.UTF_8);
    }

    /** @param nameOf name of the store that a key belongs to */
    private static Map<String, StoreSize> of(Path store, Function<byte[], String> nameOf) throws RocksDBException {
        List<ColumnFamilyDescriptor> families = new ArrayList<>();
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        try (ConfigOptions read = new ConfigOptions();
                DBOptions options = new DBOptions()) {
            OptionsUtil.loadLatestOptions(read, store.toString(), options, families);
            try (RocksDB database = RocksDB.open(options, store.toString(), families, handles)) {
                Map<String, StoreSize> sizes = new HashMap<>();
                for (int i = 0; i < handles.size(); i++) {
                    if (!new String(families.get(i).getName(), StandardCharsets.UTF_8).equals(OFFSETS)) {
                        add(database, handles.get(i), nameOf, sizes);
                    }
                }
                handles.forEach(ColumnFamilyHandle::close);
                return sizes;
            }
        }
    }

    private static void add(
            RocksDB database, ColumnFamilyHandle family, Function<byte[], String> nameOf, Map<String, StoreSize> sizes)
            throws RocksDBException {
        database.compactRange(family);
        Map<String, StoreSize> ofFamily = new HashMap<>();
        try (RocksIterator all = database.newIterator(family)) {
            for (all.seekToFirst(); all.isValid(); all.next()) {
                ofFamily.merge(
                        nameOf.apply(all.key()),
                        new StoreSize(1, all.key().length + all.value().length, 0),
                        StoreSize::plus);
            }
        }
        long bytes = ofFamily.values().stream().mapToLong(StoreSize::bytes).sum();
        long diskBytes = database.getLongProperty(family, "rocksdb.live-sst-files-size");
        ofFamily.forEach((name, size) -> sizes.merge(
                name,
                new StoreSize(size.entries, size.bytes, Math.round((double) diskBytes * size.bytes / bytes)),
                StoreSize::plus));
    }
}
