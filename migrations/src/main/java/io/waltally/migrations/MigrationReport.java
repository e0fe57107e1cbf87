package io.waltally.migrations;

import java.util.List;

/**
 * What one run found and did, in words for people.
 *
 * @param store the store that was migrated
 * @param found what was there before
 * @param changes what was created, added, granted or taken back, in order; empty if everything was there already
 * @param notes what an operator should know although it was not changed
 */
public record MigrationReport(Store store, Found found, List<String> changes, List<String> notes) {

    /** Whose the schema in the database was before the run. */
    public enum Found {
        /** None of the application's tables, as in an empty database: all of them were made. */
        NO_SCHEMA,
        /** A schema that an earlier run made. */
        WALTALLY_SCHEMA,
        /** A schema that the application made itself, and of which nothing was changed. */
        APPLICATION_SCHEMA
    }

    public MigrationReport {
        changes = List.copyOf(changes);
        notes = List.copyOf(notes);
    }

    public boolean changed() {
        return !changes.isEmpty();
    }

    /** One line: what was found and done, without the notes. */
    public String summary() {
        String what = changed() ? String.join("; ", changes) : "nothing to do";
        return store.sourceName() + ": " + origin() + what;
    }

    private String origin() {
        return switch (found) {
            case NO_SCHEMA -> "the database had none of the application's tables; ";
            case WALTALLY_SCHEMA -> "";
            case APPLICATION_SCHEMA -> "the application migrated this database, nothing of its own was changed; ";
        };
    }
}
