package io.waltally.pipeline.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.pipeline.table.Copies;
import io.waltally.pipeline.table.Copy;
import io.waltally.pipeline.tally.Amounts;
import io.waltally.pipeline.tally.Measure;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the copies of an object contribute to tallies. */
class CopiesTest {
    @Test
    void theBytesOfManyLargeCopiesDoNotOverflow() {
        long large = 5_000_000_000_000_000_000L;
        Map<TallySubject, Amounts> amounts = new HashMap<>();
        Copies copies =
                new Copies(List.of(copy("b1", large), copy("b2", large), copy("b3", -large), copy("b4", -large)));
        StorageTopology.addCopies("photos/a", copies, (subject, added) -> amounts.merge(subject, added, Amounts::plus));
        Amounts bucket = amounts.get(TallySubject.bucketOf("photos/a"));
        assertThat(bucket.get(Measure.STORED_BYTES)).isZero();
        assertThat(bucket.get(Measure.COPIES)).isEqualTo(4);
        assertThat(bucket.get(Measure.OBJECTS)).isEqualTo(1);
        // Two of them exceed a long, and are saturated instead of negative.
        amounts.clear();
        StorageTopology.addCopies(
                "photos/a",
                new Copies(List.of(copy("b1", large), copy("b2", large))),
                (subject, added) -> amounts.merge(subject, added, Amounts::plus));
        assertThat(amounts.get(TallySubject.bucketOf("photos/a")).get(Measure.STORED_BYTES))
                .isEqualTo(Long.MAX_VALUE);
    }

    private static Copy copy(String backend, long bytes) {
        return new Copy(backend, bytes, bytes, "", 0);
    }
}
