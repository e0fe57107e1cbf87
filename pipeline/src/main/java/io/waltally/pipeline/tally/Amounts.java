package io.waltally.pipeline.tally;

import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.pipeline.state.BinarySerde;
import java.util.Arrays;
import org.apache.kafka.common.serialization.Serde;
import org.jspecify.annotations.Nullable;

/**
 * An immutable vector of measures. A sum may exceed the range of a long, so that a difference always undoes it; it is
 * published as the nearest long.
 */
@SuppressWarnings("EnumOrdinal") // a vector is compact because the places are ordinals of measures
public final class Amounts {
    public static final Amounts NONE = new Amounts(new long[0], null);
    public static final Serde<Amounts> SERDE = BinarySerde.ofValue(Amounts::writeTo, Amounts::readFrom);

    private static final Measure[] MEASURES = Measure.values();

    /** Flag of a place: the upper half follows. */
    private static final int WIDE = 0x80;

    private static final double TWO_TO_THE_64 = 0x1p64;

    /** By ordinal of the measure; places beyond the end are zero. */
    private final long[] values;

    /** The upper halves of 128-bit values; null if all are sign extensions of the lower halves. */
    private final long @Nullable [] upper;

    private Amounts(long[] values, long @Nullable [] upper) {
        this.values = values;
        this.upper = upper;
    }

    /** These amounts with one measure replaced. */
    public Amounts with(Measure measure, long value) {
        int count = Math.max(values.length, measure.ordinal() + 1);
        long[] changed = Arrays.copyOf(values, count);
        changed[measure.ordinal()] = value;
        if (upper == null) {
            return new Amounts(changed, null);
        }
        long[] changedUpper = Arrays.copyOf(upper, count);
        changedUpper[measure.ordinal()] = sign(value);
        return new Amounts(changed, changedUpper);
    }

    /** The nearest long. */
    public long get(Measure measure) {
        int place = measure.ordinal();
        if (place >= values.length) {
            return 0;
        }
        if (!isWide(place)) {
            return values[place];
        }
        return upper(place) < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }

    /** One measure minus the others, as the nearest long. */
    public long rest(Measure whole, Measure... others) {
        Amounts rest = alone(whole);
        for (Measure other : others) {
            rest = rest.minus(alone(other));
        }
        return rest.get(MEASURES[0]);
    }

    /** The sum of some measures, as the nearest double. */
    public double total(Measure... measures) {
        Amounts total = NONE;
        for (Measure measure : measures) {
            total = total.plus(alone(measure));
        }
        return total.upper == null
                ? total.get(MEASURES[0])
                : total.upper(0) * TWO_TO_THE_64 + (total.lower(0) < 0 ? TWO_TO_THE_64 : 0) + total.lower(0);
    }

    /** The amount of one measure, in the first place. */
    private Amounts alone(Measure measure) {
        int place = measure.ordinal();
        return new Amounts(new long[] {lower(place)}, upper == null ? null : new long[] {upper(place)});
    }

    /** Whether the published values are not exact: a row is uncertain, or a sum exceeds the range of a long. */
    public boolean isDegraded() {
        if (get(Measure.UNCERTAIN_ROWS) > 0) {
            return true;
        }
        for (int i = 0; upper != null && i < values.length; i++) {
            if (isWide(i)) {
                return true;
            }
        }
        return false;
    }

    public Amounts plus(Amounts other) {
        int count = Math.max(values.length, other.values.length);
        long[] sum = new long[count];
        long[] sumUpper = null;
        for (int i = 0; i < count; i++) {
            sum[i] = lower(i) + other.lower(i);
            long carry = Long.compareUnsigned(sum[i], lower(i)) < 0 ? 1 : 0;
            sumUpper = withUpper(sumUpper, sum, i, upper(i) + other.upper(i) + carry);
        }
        return new Amounts(sum, sumUpper);
    }

    public Amounts minus(Amounts other) {
        int count = Math.max(values.length, other.values.length);
        long[] difference = new long[count];
        long[] differenceUpper = null;
        for (int i = 0; i < count; i++) {
            difference[i] = lower(i) - other.lower(i);
            long borrow = Long.compareUnsigned(lower(i), other.lower(i)) < 0 ? 1 : 0;
            differenceUpper = withUpper(differenceUpper, difference, i, upper(i) - other.upper(i) - borrow);
        }
        return new Amounts(difference, differenceUpper);
    }

    /** Sets one upper half; returns null while all are sign extensions of the lower halves. */
    private static long @Nullable [] withUpper(long @Nullable [] known, long[] values, int place, long upper) {
        long[] all = known;
        if (all == null) {
            if (upper == sign(values[place])) {
                return null;
            }
            all = signs(values);
        }
        all[place] = upper;
        return all;
    }

    private long lower(int place) {
        return place < values.length ? values[place] : 0;
    }

    private long upper(int place) {
        return upper != null && place < upper.length ? upper[place] : sign(lower(place));
    }

    private boolean isWide(int place) {
        return upper != null && upper[place] != sign(values[place]);
    }

    private static long[] signs(long[] values) {
        return Arrays.stream(values).map(Amounts::sign).toArray();
    }

    private static long sign(long value) {
        return value >> (Long.SIZE - 1);
    }

    public boolean isZero() {
        for (int i = 0; i < values.length; i++) {
            if (values[i] != 0 || upper(i) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Writes the measures that are not zero. */
    public void writeTo(BinaryOutput output) {
        for (int i = 0; i < values.length; i++) {
            if (isWide(i)) {
                output.octet((i + 1) | WIDE).number(values[i]).number(upper(i));
            } else if (values[i] != 0) {
                output.octet(i + 1).number(values[i]);
            }
        }
        output.octet(0);
    }

    public static Amounts readFrom(BinaryInput input) {
        long[] values = new long[MEASURES.length];
        long[] upper = null;
        for (int octet = input.octet(); octet != 0; octet = input.octet()) {
            int place = (octet & ~WIDE) - 1;
            values[place] = input.number();
            if ((octet & WIDE) != 0) {
                upper = upper == null ? signs(values) : upper;
                upper[place] = input.number();
            } else if (upper != null) {
                upper[place] = sign(values[place]);
            }
        }
        return new Amounts(values, upper);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Amounts amounts && minus(amounts).isZero();
    }

    @Override
    public int hashCode() {
        int hash = 0;
        for (int i = 0; i < values.length; i++) {
            hash += Long.hashCode(values[i]) * (i + 1);
        }
        return hash;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("{");
        for (Measure measure : MEASURES) {
            if (get(measure) != 0) {
                text.append(text.length() > 1 ? ", " : "")
                        .append(measure)
                        .append("=")
                        .append(get(measure));
            }
        }
        return text.append("}").toString();
    }
}
