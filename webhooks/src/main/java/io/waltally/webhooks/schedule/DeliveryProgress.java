package io.waltally.webhooks.schedule;

import io.waltally.webhooks.event.OutboxEvent;
import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * The delivery progress of one partition. Stored as the committed offset of the consumer group and its metadata, so it
 * moves with the partition, and only the owner can write it.
 *
 * @param next every event below it is finished, except the unfinished and the deferred ones
 * @param unfinished by offset
 * @param deferred by the id of a subject, the offset from which on its events are not finished
 * @param target that refused what has failed, and that the following values are of; 0 if an earlier version wrote them, or
 *     if there are none
 * @param pausedUntil until when the endpoint wants no requests
 * @param disabled the target that is disabled, in the form of {@link Disablement#stored}; 0 if there is none
 * @param failingSince since when the endpoint has accepted nothing, if that is long ago; else 1970
 * @param lastFailure of an event of the partition, if the endpoint has been failing for long; else 1970
 */
public record DeliveryProgress(
        long next,
        NavigableMap<Long, Attempts> unfinished,
        Map<Long, Long> deferred,
        int target,
        Instant pausedUntil,
        int disabled,
        Instant failingSince,
        Instant lastFailure) {
    private static final char FIRST_FORMAT = '1';
    private static final char FIRST_FORMAT_WITH_DEFERRED = '2';
    private static final char FIRST_FORMAT_WITH_FAILING = '3';

    /** With the target and the last failure. Versions that do not know it repeat events from the offset on. */
    private static final char FORMAT = '4';

    public DeliveryProgress {
        unfinished = Collections.unmodifiableNavigableMap(new TreeMap<>(unfinished));
        deferred = Map.copyOf(deferred);
        if (unfinished.isEmpty()
                && pausedUntil.equals(Instant.EPOCH)
                && disabled == 0
                && failingSince.equals(Instant.EPOCH)) {
            target = 0;
        }
    }

    /** Everything below the offset is finished; nothing is known beyond it. */
    public static DeliveryProgress at(long offset) {
        return new DeliveryProgress(
                offset, new TreeMap<>(), Map.of(), 0, Instant.EPOCH, 0, Instant.EPOCH, Instant.EPOCH);
    }

    /** Whether it was written while the endpoint had another target. */
    boolean isOfOtherTarget(int current) {
        return target != 0 && target != current;
    }

    /** Whether the event was delivered, or became a dead letter. */
    public boolean isFinished(OutboxEvent event) {
        if (event.offset() >= next || unfinished.containsKey(event.offset())) {
            return false;
        }
        OptionalLong subject = deferred.isEmpty() ? OptionalLong.empty() : SubjectId.of(event);
        return subject.isEmpty() || event.offset() < deferred.getOrDefault(subject.getAsLong(), Long.MAX_VALUE);
    }

    /** The offset from which events have to be read again. */
    public long offset() {
        return LongStream.concat(
                        deferred.values().stream().mapToLong(Long::longValue),
                        LongStream.of(unfinished.isEmpty() ? next : unfinished.firstKey()))
                .min()
                .orElseThrow();
    }

    /**
     * The metadata beside the offset. With the largest numbers of unfinished events and deferred subjects it fits into
     * the 4096 characters that brokers accept.
     */
    public String metadata() {
        if (equals(at(next))) {
            return "";
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        long earliest = unfinished.values().stream()
                .filter(attempts -> attempts.attempts() > 0)
                .mapToLong(attempts -> attempts.due().toEpochMilli())
                .min()
                .orElse(0);
        write(bytes, next - offset());
        write(bytes, pausedUntil.toEpochMilli());
        write(bytes, Integer.toUnsignedLong(disabled));
        write(bytes, earliest);
        write(bytes, failingSince.toEpochMilli());
        write(bytes, lastFailure.toEpochMilli());
        write(bytes, Integer.toUnsignedLong(target));
        write(bytes, deferred.size());
        deferred.forEach((subject, from) -> {
            bytes.writeBytes(ByteBuffer.allocate(Long.BYTES).putLong(subject).array());
            write(bytes, from - offset());
        });
        long before = offset();
        for (Map.Entry<Long, Attempts> entry : unfinished.entrySet()) {
            write(bytes, entry.getKey() - before);
            before = entry.getKey();
            Attempts attempts = entry.getValue();
            write(bytes, attempts.attempts());
            if (attempts.attempts() > 0) {
                write(bytes, attempts.due().toEpochMilli() - earliest);
            }
        }
        return FORMAT + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.toByteArray());
    }

    /** @throws IllegalArgumentException if the metadata is invalid */
    public static DeliveryProgress of(long offset, String metadata) {
        if (metadata.isEmpty()) {
            return at(offset);
        }
        char format = metadata.charAt(0);
        if (format < FIRST_FORMAT || format > FORMAT) {
            throw new IllegalArgumentException("metadata of another format: " + metadata);
        }
        ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(metadata.substring(1)));
        try {
            long next = offset + read(bytes);
            Instant pausedUntil = Instant.ofEpochMilli(read(bytes));
            int disabled = (int) read(bytes);
            long earliest = read(bytes);
            Instant failingSince =
                    format >= FIRST_FORMAT_WITH_FAILING ? Instant.ofEpochMilli(read(bytes)) : Instant.EPOCH;
            Instant lastFailure = format == FORMAT ? Instant.ofEpochMilli(read(bytes)) : Instant.EPOCH;
            int target = format == FORMAT ? (int) read(bytes) : 0;
            Map<Long, Long> deferred = new HashMap<>();
            for (long i = format >= FIRST_FORMAT_WITH_DEFERRED ? read(bytes) : 0; i > 0; i--) {
                deferred.put(bytes.getLong(), offset + read(bytes));
            }
            NavigableMap<Long, Attempts> unfinished = new TreeMap<>();
            long at = offset;
            while (bytes.hasRemaining()) {
                at += read(bytes);
                int attempts = (int) read(bytes);
                unfinished.put(
                        at,
                        attempts == 0
                                ? Attempts.NONE
                                : new Attempts(attempts, Instant.ofEpochMilli(earliest + read(bytes))));
            }
            return new DeliveryProgress(
                    next, unfinished, deferred, target, pausedUntil, disabled, failingSince, lastFailure);
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("metadata that is cut off: " + metadata, e);
        }
    }

    /** A variable-length number: seven bits per byte, the lowest first; the eighth bit says that more follow. */
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
