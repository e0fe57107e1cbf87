package io.waltally.embedded.workload;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What one transaction has changed so far, and what must follow if it commits. */
final class Ledger {
    private final Map<String, RowChanges> changes = new LinkedHashMap<>();
    private final List<ExpectedNotification> notifications = new ArrayList<>();
    private int savepointsRolledBack;

    void add(String table, RowChanges rows) {
        if (rows.total() > 0) changes.merge(table, rows, RowChanges::plus);
    }

    void expect(List<ExpectedNotification> expected) {
        notifications.addAll(expected);
    }

    /** A copy that later additions leave alone: what a rollback to a savepoint returns to. */
    Ledger copy() {
        Ledger copy = new Ledger();
        copy.changes.putAll(changes);
        copy.notifications.addAll(notifications);
        copy.savepointsRolledBack = savepointsRolledBack;
        return copy;
    }

    void returnTo(Ledger mark) {
        changes.clear();
        changes.putAll(mark.changes);
        notifications.clear();
        notifications.addAll(mark.notifications);
        savepointsRolledBack++;
    }

    boolean isEmpty() {
        return changes.isEmpty();
    }

    Map<String, RowChanges> changes() {
        return changes;
    }

    List<ExpectedNotification> notifications() {
        return notifications;
    }

    int savepointsRolledBack() {
        return savepointsRolledBack;
    }
}
