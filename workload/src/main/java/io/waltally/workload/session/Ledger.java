package io.waltally.workload.session;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The changes of one transaction so far, and the notifications that must follow if it commits. */
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

    /** A copy to which a rollback to a savepoint returns. */
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
