package io.waltally.pipeline.notification;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.pipeline.fold.Commit;
import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.util.List;
import org.junit.jupiter.api.Test;

class JudgementTest {
    private static final Commit COMMIT = new Commit(Source.S3, 2, new Lsn(300), 7, 1_700_000_000_000_000L);
    private static final Verdict REMOVED = new Verdict(Verdict.Kind.REMOVED, "b2", 5_000, 2);

    @Test
    void isReadAsItWasWritten() {
        Judgement judgement = new Judgement(
                COMMIT,
                List.of(
                        new Judgement.OfObject("photos/a", REMOVED),
                        new Judgement.OfObject("photos/\u00fc", Verdict.underReplicated(1))));
        byte[] bytes = Judgement.SERDE.serializer().serialize("held", judgement);
        assertThat(Judgement.SERDE.deserializer().deserialize("held", bytes)).isEqualTo(judgement);
    }

    /** As before one record held several. */
    @Test
    void theFormOfASingleObjectIsStillRead() {
        BinaryOutput earlier = new BinaryOutput().octet(1);
        REMOVED.writeTo(earlier);
        byte[] bytes = COMMIT.writeTo(earlier).toBytes();
        assertThat(Judgement.SERDE.deserializer().deserialize("held", bytes))
                .isEqualTo(new Judgement(COMMIT, List.of(new Judgement.OfObject("", REMOVED))));
    }
}
