package io.waltally.workload.objectstore;

import static java.util.Comparator.comparing;
import static java.util.Comparator.naturalOrder;
import static java.util.Comparator.nullsFirst;

import io.waltally.workload.session.ExpectedNotification;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Derives the notifications that must follow from a transaction's changes of object_locations. */
final class NotificationRules {
    private static final Comparator<Content> BY_SIZE_AND_HASH =
            comparing(Content::size).thenComparing(Content::hash, nullsFirst(naturalOrder()));

    private NotificationRules() {}

    static List<ExpectedNotification> derive(List<KeyChange> transaction) {
        List<ExpectedNotification> expected = new ArrayList<>();
        long keysRemoved =
                transaction.stream().filter(NotificationRules::isRemoved).count();
        String removed = keysRemoved > 1 ? ExpectedNotification.REMOVED_BATCH : ExpectedNotification.REMOVED;
        for (KeyChange change : transaction) {
            if (isRemoved(change)) {
                expected.add(new ExpectedNotification(removed, change.key()));
            } else if (isCreated(change)) {
                String created =
                        change.uploadOpen() ? ExpectedNotification.CREATED_MULTIPART : ExpectedNotification.CREATED_PUT;
                expected.add(new ExpectedNotification(created, change.key()));
            }
        }
        return expected;
    }

    private static boolean isRemoved(KeyChange change) {
        return change.added().isEmpty()
                && !change.before().isEmpty()
                && change.removed().size() == change.before().size();
    }

    private static boolean isCreated(KeyChange change) {
        return !change.added().isEmpty() && !isReplica(change) && !isMove(change);
    }

    private static boolean isReplica(KeyChange change) {
        return !change.before().isEmpty() && change.removed().isEmpty();
    }

    private static boolean isMove(KeyChange change) {
        return !change.intentDeleted()
                && !change.uploadOpen()
                && sortedContents(change.removed()).equals(sortedContents(change.added()));
    }

    /** Compares size and hash only: the encryption columns do not identify the content. */
    private static List<Content> sortedContents(List<Copy> copies) {
        return copies.stream()
                .map(copy -> Content.plain(copy.size(), copy.content().hash()))
                .sorted(BY_SIZE_AND_HASH)
                .toList();
    }
}
