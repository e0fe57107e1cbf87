package io.waltally.connectors.capture.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ChangedKeysTest {
    private final ChangedKeys changed = new ChangedKeys();
    private final AtomicInteger asked = new AtomicInteger();
    private VisibleTransactions visible = new VisibleTransactions(10, 20, Set.of());

    @Test
    void aRowIsKnownUntilQueriesSeeItsTransaction() throws Exception {
        add(11, 1);
        add(12, 2);
        changed.forget(VisibleTransactions.parse("11:13:12"));
        assertThat(contains(1)).isFalse();
        assertThat(contains(2)).isTrue();
        assertThat(changed.contains("other", key(2))).isFalse();
        changed.forget(VisibleTransactions.parse("13:13:"));
        assertThat(contains(2)).isFalse();
    }

    @Test
    void keysOfAVisibleTransactionAreDiscarded() throws Exception {
        for (int i = 0; i < 100_000; i++) {
            add(15, i);
        }
        assertThat(asked).hasValue(1);
        assertThat(contains(99_999)).isFalse();
    }

    @Test
    void keysOfAnInvisibleTransactionAreKept() throws Exception {
        visible = new VisibleTransactions(10, 20, Set.of(15L));
        for (int i = 0; i < 35_000; i++) {
            add(15, i);
        }
        assertThat(asked).as("asked once for every ten thousand").hasValue(3);
        assertThat(contains(0)).isTrue();
        assertThat(contains(34_999)).isTrue();
    }

    private void add(long transaction, int key) throws Exception {
        changed.add(transaction, "topic", key(key), () -> {
            asked.incrementAndGet();
            return visible;
        });
    }

    private boolean contains(int key) {
        return changed.contains("topic", key(key));
    }

    private static byte[] key(int key) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(key).array();
    }
}
