package io.waltally.pipeline.tally;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import java.math.BigInteger;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AmountsTest {
    private static final List<Measure> MEASURES = List.of(Measure.values());

    private static final Amounts SOME =
            Amounts.NONE.with(Measure.COPIES, 3).with(Measure.INGRESS_BYTES, Long.MAX_VALUE);

    @Test
    void aDifferenceUndoesItsSumEvenBeyondTheRange() {
        assertThat(SOME.plus(SOME).minus(SOME)).isEqualTo(SOME);
        assertThat(SOME.minus(SOME).isZero()).isTrue();
    }

    @Test
    void anySumsAreThoseOfNumbersWithoutLimit() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            Map<Measure, BigInteger> expected = new EnumMap<>(Measure.class);
            Amounts amounts = Amounts.NONE;
            for (int term = random.nextInt(20); term >= 0; term--) {
                Measure measure = MEASURES.get(random.nextInt(MEASURES.size()));
                long value = random.nextLong() >> random.nextInt(Long.SIZE);
                Amounts added = Amounts.NONE.with(measure, value);
                boolean add = random.nextBoolean();
                amounts = add ? amounts.plus(added) : amounts.minus(added);
                BigInteger moved = add
                        ? BigInteger.valueOf(value)
                        : BigInteger.valueOf(value).negate();
                expected.merge(measure, moved, BigInteger::add);
                byte[] stored = Amounts.SERDE.serializer().serialize("store", amounts);
                assertThat(Amounts.SERDE.deserializer().deserialize("store", stored))
                        .isEqualTo(amounts);
            }
            Amounts sums = amounts;
            expected.forEach((measure, sum) -> {
                assertThat(sums.get(measure)).as("seed %d", seed).isEqualTo(nearest(sum));
                assertThat(sums.total(measure)).as("seed %d", seed).isCloseTo(sum.doubleValue(), withPercentage(1e-9));
            });
            assertThat(sums.rest(Measure.LIMIT_BYTES, Measure.STORED_BYTES, Measure.ORPHAN_BYTES))
                    .as("seed %d", seed)
                    .isEqualTo(nearest(of(expected, Measure.LIMIT_BYTES)
                            .subtract(of(expected, Measure.STORED_BYTES))
                            .subtract(of(expected, Measure.ORPHAN_BYTES))));
            assertThat(sums.isDegraded())
                    .as("seed %d", seed)
                    .isEqualTo(of(expected, Measure.UNCERTAIN_ROWS).signum() > 0
                            || expected.values().stream().anyMatch(sum -> sum.bitLength() >= Long.SIZE));
        }
    }

    private static BigInteger of(Map<Measure, BigInteger> sums, Measure measure) {
        return sums.getOrDefault(measure, BigInteger.ZERO);
    }

    private static long nearest(BigInteger sum) {
        return sum.min(BigInteger.valueOf(Long.MAX_VALUE))
                .max(BigInteger.valueOf(Long.MIN_VALUE))
                .longValueExact();
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
