package io.waltally.pipeline.notification.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.pipeline.notification.ObjectClassification;
import io.waltally.pipeline.row.Commit;
import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.util.List;
import org.junit.jupiter.api.Test;

class PendingNotificationsTest {
    private static final Commit COMMIT = new Commit(Source.S3, 2, new Lsn(300), 7, 1_700_000_000_000_000L);
    private static final ObjectClassification REMOVED =
            new ObjectClassification(ObjectClassification.Kind.REMOVED, "b2", 5_000, 2);

    @Test
    void isReadAsItWasWritten() {
        PendingNotifications pending = new PendingNotifications(
                COMMIT,
                List.of(
                        new PendingNotifications.OfObject("photos/a", REMOVED),
                        new PendingNotifications.OfObject("photos/\u00fc", ObjectClassification.underReplicated(1))));
        byte[] bytes = PendingNotifications.SERDE.serializer().serialize("held", pending);
        assertThat(PendingNotifications.SERDE.deserializer().deserialize("held", bytes))
                .isEqualTo(pending);
    }

    /** As before one record held several. */
    @Test
    void theFormOfASingleObjectIsStillRead() {
        BinaryOutput earlier = new BinaryOutput().octet(1);
        REMOVED.writeTo(earlier);
        byte[] bytes = COMMIT.writeTo(earlier).toBytes();
        assertThat(PendingNotifications.SERDE.deserializer().deserialize("held", bytes))
                .isEqualTo(new PendingNotifications(COMMIT, List.of(new PendingNotifications.OfObject("", REMOVED))));
    }
}
