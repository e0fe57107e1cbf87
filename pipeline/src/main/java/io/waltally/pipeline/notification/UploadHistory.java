package io.waltally.pipeline.notification;

import io.waltally.pipeline.fold.Position;
import io.waltally.pipeline.state.BinarySerde;
import org.jspecify.annotations.Nullable;

/**
 * What the partition of an object knows of an upload to it.
 *
 * @param opened null as long as it was not told
 * @param closed null as long as it was not told
 * @param parts the most that it had
 */
record UploadHistory(@Nullable Position opened, @Nullable Position closed, long parts) {
    static final UploadHistory UNKNOWN = new UploadHistory(null, null, 0);
    static final BinarySerde<UploadHistory> SERDE = BinarySerde.ofValue(
            (history, output) -> {
                Tiding.writeOptional(history.opened, output);
                Tiding.writeOptional(history.closed, output);
                output.number(history.parts);
            },
            input -> new UploadHistory(Tiding.readOptional(input), Tiding.readOptional(input), input.number()));

    UploadHistory and(Tiding.UploadSeen seen) {
        return new UploadHistory(
                seen.opened() == null ? opened : seen.opened(),
                seen.closed() == null ? closed : seen.closed(),
                Math.max(parts, seen.parts()));
    }

    /** Whether it was open when that transaction committed, or that transaction closed it. */
    boolean openAt(Position position) {
        return opened != null && opened.compareTo(position) <= 0 && (closed == null || position.compareTo(closed) <= 0);
    }

    /** Key of an upload; those to one object lie side by side. */
    record Key(String objectKey, String uploadId) {
        static final BinarySerde<Key> SERDE = BinarySerde.ofKey(
                (key, output) -> output.text(key.objectKey).text(key.uploadId),
                input -> new Key(input.text(), input.text()));

        /** What the keys of all uploads to an object begin with. */
        static final BinarySerde<String> OBJECT =
                BinarySerde.ofKey((objectKey, output) -> output.text(objectKey), input -> input.text());
    }
}
