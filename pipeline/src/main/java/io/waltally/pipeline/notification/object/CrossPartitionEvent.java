package io.waltally.pipeline.notification.object;

import io.waltally.pipeline.row.Position;
import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.pipeline.state.BinarySerde;
import org.jspecify.annotations.Nullable;

/**
 * An event that a partition of the source sends to the partitions that classify transactions. Events are idempotent.
 */
sealed interface CrossPartitionEvent {
    BinarySerde<CrossPartitionEvent> SERDE = BinarySerde.ofValue(CrossPartitionEvent::write, CrossPartitionEvent::read);

    /**
     * State of an upload to an object. Unknown fields are filled in by other events.
     *
     * @param opened null if unknown to the sender
     * @param closed null if unknown to the sender
     * @param parts the largest number of parts that it had
     */
    record UploadSeen(
            String objectKey,
            String uploadId,
            @Nullable Position opened,
            @Nullable Position closed,
            long parts) implements CrossPartitionEvent {}

    /** A transaction deleted an intent to write the object. */
    record IntentDeleted(String objectKey, Position position) implements CrossPartitionEvent {}

    /** Sent to every partition: the number of objects that a transaction removed in the sending partition. */
    record ObjectsRemoved(int partition, Position position, long count) implements CrossPartitionEvent {}

    /** Sent to every partition: the sender has emitted all events of transactions before the position. */
    record Progress(int partition, Position position) implements CrossPartitionEvent {}

    private static void write(CrossPartitionEvent event, BinaryOutput output) {
        if (event instanceof UploadSeen seen) {
            output.octet(1).text(seen.objectKey).text(seen.uploadId);
            writeOptional(seen.opened, output);
            writeOptional(seen.closed, output);
            output.number(seen.parts);
        } else if (event instanceof IntentDeleted deleted) {
            deleted.position.writeTo(output.octet(2).text(deleted.objectKey));
        } else if (event instanceof ObjectsRemoved removed) {
            removed.position.writeTo(output.octet(3).number(removed.partition)).number(removed.count);
        } else if (event instanceof Progress progress) {
            progress.position.writeTo(output.octet(4).number(progress.partition));
        }
    }

    private static CrossPartitionEvent read(BinaryInput input) {
        int kind = input.octet();
        return switch (kind) {
            case 1 ->
                new UploadSeen(input.text(), input.text(), readOptional(input), readOptional(input), input.number());
            case 2 -> new IntentDeleted(input.text(), Position.readFrom(input));
            case 3 -> new ObjectsRemoved(input.smallNumber(), Position.readFrom(input), input.number());
            case 4 -> new Progress(input.smallNumber(), Position.readFrom(input));
            default -> throw new IllegalArgumentException("unknown kind of event: " + kind);
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
