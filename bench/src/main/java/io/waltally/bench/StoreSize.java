package io.waltally.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
 * @param diskBytes of its files after compaction
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
     */
    static Map<String, StoreSize> measure(Path stateDirectory) {
        RocksDB.loadLibrary();
        Map<String, StoreSize> sizes = new TreeMap<>();
        try (Stream<Path> directories = Files.walk(stateDirectory)) {
            for (Path store : directories.filter(StoreSize::isStore).toList()) {
                sizes.merge(store.getFileName().toString(), of(store), StoreSize::plus);
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

    private static StoreSize of(Path store) throws RocksDBException {
        List<ColumnFamilyDescriptor> families = new ArrayList<>();
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        try (ConfigOptions read = new ConfigOptions();
                DBOptions options = new DBOptions()) {
            OptionsUtil.loadLatestOptions(read, store.toString(), options, families);
            try (RocksDB database = RocksDB.open(options, store.toString(), families, handles)) {
                StoreSize size = new StoreSize(0, 0, 0);
                for (int i = 0; i < handles.size(); i++) {
                    if (!new String(families.get(i).getName(), StandardCharsets.UTF_8).equals(OFFSETS)) {
                        size = size.plus(of(database, handles.get(i)));
                    }
                }
                handles.forEach(ColumnFamilyHandle::close);
                return size;
            }
        }
    }

    private static StoreSize of(RocksDB database, ColumnFamilyHandle family) throws RocksDBException {
        database.compactRange(family);
        long entries = 0;
        long bytes = 0;
        try (RocksIterator all = database.newIterator(family)) {
            for (all.seekToFirst(); all.isValid(); all.next()) {
                entries++;
                bytes += all.key().length + all.value().length;
            }
        }
        return new StoreSize(entries, bytes, database.getLongProperty(family, "rocksdb.live-sst-files-size"));
    }
}
