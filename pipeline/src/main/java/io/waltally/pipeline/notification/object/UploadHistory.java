package io.waltally.pipeline.notification.object;

import io.waltally.pipeline.row.Position;
import io.waltally.pipeline.state.BinarySerde;
import org.jspecify.annotations.Nullable;

/**
 * The state of an upload, as last received by the partition of its object.
 *
 * @param opened null while unknown
 * @param closed null while unknown
 * @param parts the largest number of parts that it had
 */
record UploadHistory(@Nullable Position opened, @Nullable Position closed, long parts) {
    static final UploadHistory UNKNOWN = new UploadHistory(null, null, 0);
    static final BinarySerde<UploadHistory> SERDE = BinarySerde.ofValue(
            (history, output) -> {
                CrossPartitionEvent.writeOptional(history.opened, output);
                CrossPartitionEvent.writeOptional(history.closed, output);
                output.number(history.parts);
            },
            input -> new UploadHistory(
                    CrossPartitionEvent.readOptional(input), CrossPartitionEvent.readOptional(input), input.number()));

    UploadHistory and(CrossPartitionEvent.UploadSeen seen) {
        return new UploadHistory(
                seen.opened() == null ? opened : seen.opened(),
                seen.closed() == null ? closed : seen.closed(),
                Math.max(parts, seen.parts()));
    }

    /** Whether the upload was open when the transaction committed, or was closed by it. */
    boolean openAt(Position position) {
        return opened != null && opened.compareTo(position) <= 0 && (closed == null || position.compareTo(closed) <= 0);
    }

    /** Key of an upload. Uploads to the same object are adjacent. */
    record Key(String objectKey, String uploadId) {
        static final BinarySerde<Key> SERDE = BinarySerde.ofKey(
                (key, output) -> output.text(key.objectKey).text(key.uploadId),
                input -> new Key(input.text(), input.text()));

        /** The common prefix of the keys of all uploads to an object. */
        static final BinarySerde<String> OBJECT =
                BinarySerde.ofKey((objectKey, output) -> output.text(objectKey), input -> input.text());
    }
}
