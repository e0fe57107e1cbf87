package io.waltally.migrations;

import java.util.List;
import java.util.Optional;

/**
 * The statements that a migration would execute.
 *
 * @param statements in order, without a semicolon at their ends; passwords are masked
 * @param notes further facts that an operator should know
 * @param failure why the migration would fail after these statements; empty if it would succeed
 */
public record MigrationPlan(List<String> statements, List<String> notes, Optional<String> failure) {
    public MigrationPlan {
        statements = List.copyOf(statements);
        notes = List.copyOf(notes);
    }
}
