package io.waltally.webhooks.schedule;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Base64;
import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * How far delivery of one partition is. It is kept as the committed offset of the consumer group and that offset's metadata,
 * so it moves with the partition, and only its owner can write it.
 *
 * @param next every event below it is finished, but for those that are named
 * @param unfinished by offset
 * @param pausedUntil before which the endpoint wants no request
 * @param gone the target that wants none at all; 0 if there is none
 */
public record Progress(long next, NavigableMap<Long, Tries> unfinished, Instant pausedUntil, int gone) {
    private static final char FORMAT = '1';

    public Progress {
        unfinished = Collections.unmodifiableNavigableMap(new TreeMap<>(unfinished));
    }

    /** Everything below the offset is finished, nothing is known beyond it. */
    public static Progress at(long offset) {
        return new Progress(offset, new TreeMap<>(), Instant.EPOCH, 0);
    }

    /** From which on events have to be read again. */
    public long offset() {
        return unfinished.isEmpty() ? next : unfinished.firstKey();
    }

    /**
     * The rest beside the offset, empty where there is none. Of as many events as a partition may have unfinished it fits
     * into the 4096 characters that brokers accept.
     */
    public String metadata() {
        if (unfinished.isEmpty() && pausedUntil.equals(Instant.EPOCH) && gone == 0) {
            return "";
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        long earliest = unfinished.values().stream()
                .filter(tries -> tries.attempts() > 0)
                .mapToLong(tries -> tries.due().toEpochMilli())
                .min()
                .orElse(0);
        write(bytes, next - offset());
        write(bytes, pausedUntil.toEpochMilli());
        write(bytes, Integer.toUnsignedLong(gone));
        write(bytes, earliest);
        long before = offset();
        for (Map.Entry<Long, Tries> entry : unfinished.entrySet()) {
            write(bytes, entry.getKey() - before);
            before = entry.getKey();
            Tries tries = entry.getValue();
            write(bytes, tries.attempts());
            if (tries.attempts() > 0) {
                write(bytes, tries.due().toEpochMilli() - earliest);
            }
        }
        return FORMAT + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.toByteArray());
    }

    /** @throws IllegalArgumentException if the metadata is none of these */
    public static Progress of(long offset, String metadata) {
        if (metadata.isEmpty()) {
            return at(offset);
        }
        if (metadata.charAt(0) != FORMAT) {
            throw new IllegalArgumentException("metadata of another format: " + metadata);
        }
        ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(metadata.substring(1)));
        try {
            long next = offset + read(bytes);
            Instant pausedUntil = Instant.ofEpochMilli(read(bytes));
            int gone = (int) read(bytes);
            long earliest = read(bytes);
            NavigableMap<Long, Tries> unfinished = new TreeMap<>();
            long at = offset;
            while (bytes.hasRemaining()) {
                at += read(bytes);
                int attempts = (int) read(bytes);
                unfinished.put(
                        at,
                        attempts == 0 ? Tries.NONE : new Tries(attempts, Instant.ofEpochMilli(earliest + read(bytes))));
            }
            return new Progress(next, unfinished, pausedUntil, gone);
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("metadata that is cut off: " + metadata, e);
        }
    }

    /** Seven bits a byte, the lowest first; the eighth says that there are more. */
    private static void write(ByteArrayOutputStream bytes, long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            bytes.write((int) (rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        bytes.write((int) rest);
    }

    private static long read(ByteBuffer bytes) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = bytes.get();
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }
}
