package io.waltally.schemas;

import io.waltally.schemas.control.SnapshotProgress;
import io.waltally.schemas.control.SnapshotState;
import io.waltally.schemas.control.Watermark;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/** Derives from a watermark which cdc topics have all rows of their tables. */
public final class CompleteTables {
    private CompleteTables() {}

    /**
     * The topics whose tables are not captured yet, or are being read for the first time. A table that is read once
     * more on request is whole meanwhile.
     *
     * @param topics cdc topics of the source
     */
    public static Set<String> lacking(Source source, Watermark watermark, Collection<String> topics) {
        SnapshotProgress snapshot = watermark.getSnapshot();
        Set<String> lacking = new TreeSet<>();
        if (snapshot != null) {
            lacking.addAll(topics);
            // Tables that the application is too old to have.
            source.laterTables().stream()
                    .filter(table -> !snapshot.getIdentities().containsKey(table))
                    .map(source::topicOf)
                    .forEach(lacking::remove);
            if (snapshot.getState() == SnapshotState.COMPLETED) {
                snapshot.getTables().forEach(table -> lacking.remove(source.topicOf(table)));
            }
        }
        return lacking;
    }
}
