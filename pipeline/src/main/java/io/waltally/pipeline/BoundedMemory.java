package io.waltally.pipeline;

import java.util.Map;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/**
 * One block cache and one write buffer for all RocksDB stores of the process. Index blocks, filter blocks and memtables
 * are charged to the cache too, so the number of stores does not matter.
 */
public final class BoundedMemory implements RocksDBConfigSetter {
    private static final long TOTAL_BYTES = 96L << 20;
    private static final long WRITE_BUFFER_BYTES = 48L << 20;
    private static final long MEMTABLE_BYTES = 4L << 20;
    private static final long ARENA_BLOCK_BYTES = 64L << 10;

    static {
        RocksDB.loadLibrary();
    }

    private static final Cache CACHE = new LRUCache(TOTAL_BYTES, -1, false, 0.1);
    private static final WriteBufferManager WRITE_BUFFERS = new WriteBufferManager(WRITE_BUFFER_BYTES, CACHE);

    @Override
    public void setConfig(String storeName, Options options, Map<String, Object> configs) {
        BlockBasedTableConfig table = (BlockBasedTableConfig) options.tableFormatConfig();
        table.setBlockCache(CACHE)
                .setCacheIndexAndFilterBlocks(true)
                .setCacheIndexAndFilterBlocksWithHighPriority(true)
                .setPinTopLevelIndexAndFilter(true);
        options.setTableFormatConfig(table)
                .setWriteBufferManager(WRITE_BUFFERS)
                .setWriteBufferSize(MEMTABLE_BYTES)
                .setMaxWriteBufferNumber(2)
                .setArenaBlockSize(ARENA_BLOCK_BYTES)
                // Kafka Streams omits the filters of the last level. But most keys that are read here are new, so
                // filters pay off.
                .setOptimizeFiltersForHits(false)
                // A start opens each store twice. Without these options each of them starts threads to open files, and
                // registers timers whose end a close waits for.
                .setMaxFileOpeningThreads(1)
                .setStatsDumpPeriodSec(0)
                .setStatsPersistPeriodSec(0)
                .setSkipStatsUpdateOnDbOpen(true);
    }

    /** Does nothing: cache and write buffer outlive each store. */
    @Override
    public void close(String storeName, Options options) {}
}
