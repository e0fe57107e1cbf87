package io.waltally.workload.objectstore;

import static io.waltally.workload.session.ExpectedNotification.CREATED_MULTIPART;
import static io.waltally.workload.session.ExpectedNotification.CREATED_PUT;
import static io.waltally.workload.session.ExpectedNotification.REMOVED;
import static io.waltally.workload.session.ExpectedNotification.REMOVED_BATCH;
import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.workload.session.ExpectedNotification;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class NotificationRulesTest {
    private static final List<Copy> NONE = List.of();

    @Test
    void theFirstCopyIsAPut() {
        assertThat(types(change(NONE, NONE, List.of(copy("a", 1)), true, false)))
                .containsExactly(CREATED_PUT);
        assertThat(types(change(NONE, NONE, List.of(copy("a", 1)), false, false)))
                .containsExactly(CREATED_PUT);
    }

    @Test
    void anOverwriteIsOnePutAndItsDeletesAreNothing() {
        List<Copy> before = List.of(copy("a", 1), copy("b", 1));
        assertThat(types(change(before, before, List.of(copy("a", 2)), true, false)))
                .containsExactly(CREATED_PUT);
    }

    @Test
    void anOverwriteByTheSameContentIsAPutBecauseItDeletesItsIntent() {
        List<Copy> before = List.of(copy("a", 1));
        assertThat(types(change(before, before, before, true, false))).containsExactly(CREATED_PUT);
    }

    @Test
    void whileAnUploadIsOpenWhatIsCreatedIsItsCompletion() {
        assertThat(types(change(NONE, NONE, List.of(copy("a", 1)), true, true))).containsExactly(CREATED_MULTIPART);
    }

    @Test
    void aReplicaAnExcessCopyAndAMoveAreNothing() {
        List<Copy> one = List.of(copy("a", 1));
        List<Copy> two = List.of(copy("a", 1), copy("b", 1));
        assertThat(types(change(one, NONE, List.of(copy("b", 1)), false, false)))
                .isEmpty();
        assertThat(types(change(two, List.of(copy("b", 1)), NONE, false, false)))
                .isEmpty();
        assertThat(types(change(one, one, List.of(copy("b", 1)), false, false))).isEmpty();
        assertThat(types(change(two, one, List.of(copy("c", 1)), false, false))).isEmpty();
    }

    @Test
    void aMoveOfOtherContentIsAPut() {
        List<Copy> one = List.of(copy("a", 1));
        assertThat(types(change(one, one, List.of(copy("b", 2)), false, false))).containsExactly(CREATED_PUT);
        Copy otherHash = new Copy("b", Content.plain(1, "other"));
        assertThat(types(change(one, one, List.of(otherHash), false, false))).containsExactly(CREATED_PUT);
    }

    @Test
    void theLastCopysDeleteIsARemovalAndSeveralKeysAreABatch() {
        List<Copy> one = List.of(copy("a", 1));
        KeyChange removal = change(one, one, NONE, false, false);
        KeyChange nothingThere = change(NONE, NONE, NONE, false, false);
        assertThat(types(removal)).containsExactly(REMOVED);
        assertThat(types(removal, nothingThere)).containsExactly(REMOVED);
        assertThat(types(removal, nothingThere, removal)).containsExactly(REMOVED_BATCH, REMOVED_BATCH);
    }

    private static List<String> types(KeyChange... changes) {
        return NotificationRules.derive(Arrays.asList(changes)).stream()
                .map(ExpectedNotification::type)
                .toList();
    }

    private static KeyChange change(
            List<Copy> before, List<Copy> removed, List<Copy> added, boolean intentDeleted, boolean uploadOpen) {
        return new KeyChange("bucket/key", before, removed, added, intentDeleted, uploadOpen);
    }

    private static Copy copy(String backend, long size) {
        return new Copy(backend, Content.plain(size, "hash"));
    }
}
