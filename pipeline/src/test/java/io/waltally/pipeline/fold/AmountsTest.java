package io.waltally.pipeline.fold;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AmountsTest {
    private static final Amounts SOME =
            Amounts.NONE.with(Measure.COPIES, 3).with(Measure.INGRESS_BYTES, Long.MAX_VALUE);

    @Test
    void aDifferenceUndoesItsSumEvenBeyondTheRange() {
        assertThat(SOME.plus(SOME).minus(SOME)).isEqualTo(SOME);
        assertThat(SOME.minus(SOME).isZero()).isTrue();
    }

    @Test
    void amountsThatDifferInLengthOnlyAreEqual() {
        assertThat(Amounts.NONE.with(Measure.INGRESS_BYTES, 0))
                .isEqualTo(Amounts.NONE)
                .hasSameHashCodeAs(Amounts.NONE);
    }

    @Test
    void whatIsStoredIsRead() {
        byte[] stored = Amounts.SERDE.serializer().serialize("store", SOME);
        assertThat(Amounts.SERDE.deserializer().deserialize("store", stored)).isEqualTo(SOME);
    }
}
