package io.waltally.migrations;

import java.util.List;
import java.util.stream.Stream;

/**
 * The findings and changes of one run, as text.
 *
 * @param application whose database was migrated
 * @param found the state before
 * @param changes the created, added, granted or revoked objects, in order
 * @param notes further facts that an operator should know
 */
public record MigrationReport(Application application, Found found, List<String> changes, List<String> notes) {

    /** The owner of the schema before the run. */
    public enum Found {
        /** None of the application's tables existed: all of them were created. */
        NO_SCHEMA,
        /** An earlier run had created the schema. */
        WALTALLY_SCHEMA,
        /** The application had created the schema; nothing of it was changed. */
        APPLICATION_SCHEMA
    }

    public MigrationReport {
        changes = List.copyOf(changes);
        notes = List.copyOf(notes);
    }

    public boolean changed() {
        return !changes.isEmpty();
    }

    /** A line that counts the changes. */
    public String headline() {
        String what = changes.size() == 1 ? "1 change" : changes.size() + " changes";
        return application.sourceName() + ": " + origin() + (changed() ? what : "nothing to do");
    }

    /** The headline, and a line for each change. */
    public List<String> lines() {
        return Stream.concat(Stream.of(headline()), changes.stream().map(change -> "  " + change))
                .toList();
    }

    private String origin() {
        return switch (found) {
            case NO_SCHEMA -> "the database had none of the application's tables; ";
            case WALTALLY_SCHEMA -> "";
            case APPLICATION_SCHEMA -> "the application migrated this database, nothing of its own was changed; ";
        };
    }
}
