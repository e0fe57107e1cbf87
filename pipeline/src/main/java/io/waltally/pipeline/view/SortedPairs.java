package io.waltally.pipeline.view;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A sorted set of pairs of longs, in blocks of arrays: 16 bytes a pair, plus free space. Not thread-safe. */
final class SortedPairs {
    private static final int MAX_PER_BLOCK = 512;

    /** In order, and none of them empty. */
    private final List<Block> blocks = new ArrayList<>();

    private static final class Block {
        /** Firsts and seconds, in turns. */
        final long[] values = new long[2 * MAX_PER_BLOCK];

        int size;

        /** The number of pairs before this one. */
        int below(long first, long second) {
            int from = 0;
            int to = size;
            while (from < to) {
                int middle = (from + to) >>> 1;
                if (compare(middle, first, second) < 0) {
                    from = middle + 1;
                } else {
                    to = middle;
                }
            }
            return from;
        }

        int compare(int index, long first, long second) {
            int byFirst = Long.compare(values[2 * index], first);
            return byFirst == 0 ? Long.compare(values[2 * index + 1], second) : byFirst;
        }

        boolean has(int index, long first, long second) {
            return index < size && compare(index, first, second) == 0;
        }

        void insert(int index, long first, long second) {
            System.arraycopy(values, 2 * index, values, 2 * index + 2, 2 * (size - index));
            values[2 * index] = first;
            values[2 * index + 1] = second;
            size++;
        }

        void remove(int index) {
            System.arraycopy(values, 2 * index + 2, values, 2 * index, 2 * (size - index - 1));
            size--;
        }

        /** Moves the second half of the pairs to a new block. */
        Block split() {
            Block second = new Block();
            second.size = size / 2;
            size -= second.size;
            System.arraycopy(values, 2 * size, second.values, 0, 2 * second.size);
            return second;
        }
    }

    void add(long first, long second) {
        if (blocks.isEmpty()) {
            blocks.add(new Block());
        }
        int place = blockOf(first, second);
        Block block = blocks.get(place);
        if (block.has(block.below(first, second), first, second)) {
            return;
        }
        if (block.size == MAX_PER_BLOCK) {
            Block upper = block.split();
            blocks.add(place + 1, upper);
            block = upper.compare(0, first, second) < 0 ? upper : block;
        }
        block.insert(block.below(first, second), first, second);
    }

    void remove(long first, long second) {
        if (blocks.isEmpty()) {
            return;
        }
        int place = blockOf(first, second);
        Block block = blocks.get(place);
        int index = block.below(first, second);
        if (block.has(index, first, second)) {
            block.remove(index);
            if (block.size == 0) {
                blocks.remove(place);
            }
        }
    }

    /** Returns the first pairs that are not before this one: firsts and seconds, in turns. */
    long[] from(long first, long second, int limit) {
        long[] found = new long[2 * limit];
        int count = 0;
        if (!blocks.isEmpty()) {
            int place = blockOf(first, second);
            int index = blocks.get(place).below(first, second);
            for (; place < blocks.size() && count < limit; place++, index = 0) {
                Block block = blocks.get(place);
                int taken = Math.min(block.size - index, limit - count);
                System.arraycopy(block.values, 2 * index, found, 2 * count, 2 * taken);
                count += taken;
            }
        }
        return count == limit ? found : Arrays.copyOf(found, 2 * count);
    }

    /** The last block that begins at or before this pair; else the first one. */
    private int blockOf(long first, long second) {
        int from = 0;
        int to = blocks.size();
        while (from < to) {
            int middle = (from + to) >>> 1;
            if (blocks.get(middle).compare(0, first, second) <= 0) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return Math.max(0, from - 1);
    }
}
