package io.waltally.sinks.tally;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.Lsn;
import org.junit.jupiter.api.Test;

class TallyBatchTest {
    private final TallyBatch<String, TallyPosition> batch = new TallyBatch<>(position -> position);

    @Test
    void theNewestTallyOfAKeyRemains() {
        batch.add("b", at(1, 0x20));
        batch.add("a", at(1, 0x10));
        batch.add("b", at(1, 0x10));
        batch.add("a", at(2, 0x1));
        assertThat(batch.written()).containsOnly(entry("a", at(2, 0x1)), entry("b", at(1, 0x20)));
        assertThat(batch.deleted()).isEmpty();
        assertThat(batch.changedKeys()).containsExactly("a", "b");
    }

    @Test
    void ofEqualPositionsTheLaterRecordRemains() {
        TallyPosition first = at(1, 0x20);
        TallyPosition second = at(1, 0x20);
        batch.add("a", first);
        batch.add("a", second);
        assertThat(batch.written().get("a")).isSameAs(second);
    }

    @Test
    void afterATombstoneAnyPositionCounts() {
        batch.add("a", at(1, 0x20));
        batch.add("a", null);
        assertThat(batch.written()).isEmpty();
        batch.add("a", at(1, 0x10));
        assertThat(batch.written()).containsOnly(entry("a", at(1, 0x10)));
        assertThat(batch.deleted()).containsExactly("a");
    }

    @Test
    void positionsAreUnsigned() {
        batch.add("a", at(1, -1));
        batch.add("a", at(1, 1));
        assertThat(batch.written()).containsOnly(entry("a", at(1, -1)));
    }

    private static TallyPosition at(int epoch, long lsn) {
        return new TallyPosition(epoch, new Lsn(lsn));
    }

    private static <V> java.util.Map.Entry<String, V> entry(String key, V value) {
        return java.util.Map.entry(key, value);
    }
}
