package io.waltally.pipeline.notification;

import io.waltally.pipeline.fold.Position;
import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.pipeline.state.BinarySerde;
import org.jspecify.annotations.Nullable;

/** What a partition of the source tells the partitions that judge objects. Telling it twice changes nothing. */
sealed interface Tiding {
    BinarySerde<Tiding> SERDE = BinarySerde.ofValue(Tiding::write, Tiding::read);

    /**
     * Of an upload to an object; each tells what it knows.
     *
     * @param opened null if this does not tell
     * @param closed null if this does not tell
     * @param parts the most parts that it had
     */
    record UploadSeen(
            String objectKey,
            String uploadId,
            @Nullable Position opened,
            @Nullable Position closed,
            long parts) implements Tiding {}

    /** A transaction deleted an intent to write the object. */
    record IntentDeleted(String objectKey, Position position) implements Tiding {}

    /** Goes to every partition: a transaction removed so many objects whose rows are in that one. */
    record ObjectsRemoved(int partition, Position position, long count) implements Tiding {}

    /** Goes to every partition: that one has told everything about transactions before the position. */
    record Progress(int partition, Position position) implements Tiding {}

    private static void write(Tiding tiding, BinaryOutput output) {
        if (tiding instanceof UploadSeen seen) {
            output.octet(1).text(seen.objectKey).text(seen.uploadId);
            writeOptional(seen.opened, output);
            writeOptional(seen.closed, output);
            output.number(seen.parts);
        } else if (tiding instanceof IntentDeleted deleted) {
            deleted.position.writeTo(output.octet(2).text(deleted.objectKey));
        } else if (tiding instanceof ObjectsRemoved removed) {
            removed.position.writeTo(output.octet(3).number(removed.partition)).number(removed.count);
        } else if (tiding instanceof Progress progress) {
            progress.position.writeTo(output.octet(4).number(progress.partition));
        }
    }

    private static Tiding read(BinaryInput input) {
        int kind = input.octet();
        return switch (kind) {
            case 1 ->
                new UploadSeen(input.text(), input.text(), readOptional(input), readOptional(input), input.number());
            case 2 -> new IntentDeleted(input.text(), Position.readFrom(input));
            case 3 -> new ObjectsRemoved(input.smallNumber(), Position.readFrom(input), input.number());
            case 4 -> new Progress(input.smallNumber(), Position.readFrom(input));
            default -> throw new IllegalArgumentException("unknown kind of tiding: " + kind);
        };
    }

    static void writeOptional(@Nullable Position position, BinaryOutput output) {
        output.flag(position != null);
        if (position != null) {
            position.writeTo(output);
        }
    }

    static @Nullable Position readOptional(BinaryInput input) {
        return input.flag() ? Position.readFrom(input) : null;
    }
}
