package io.waltally.pipeline.fold;

import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.pipeline.state.BinarySerde;
import java.util.Arrays;
import org.apache.kafka.common.serialization.Serde;

/** An immutable vector of measures. Sums wrap around as longs do, so that a difference always undoes its sum. */
@SuppressWarnings("EnumOrdinal") // a vector is compact because its places are the measures'
public final class Amounts {
    public static final Amounts NONE = new Amounts(new long[0]);
    public static final Serde<Amounts> SERDE = BinarySerde.ofValue(Amounts::writeTo, Amounts::readFrom);

    private static final Measure[] MEASURES = Measure.values();

    /** By ordinal of the measure; those beyond the end are zero. */
    private final long[] values;

    private Amounts(long[] values) {
        this.values = values;
    }

    /** These amounts with one of them replaced. */
    public Amounts with(Measure measure, long value) {
        long[] changed = Arrays.copyOf(values, Math.max(values.length, measure.ordinal() + 1));
        changed[measure.ordinal()] = value;
        return new Amounts(changed);
    }

    public long get(Measure measure) {
        return measure.ordinal() < values.length ? values[measure.ordinal()] : 0;
    }

    public Amounts plus(Amounts other) {
        long[] sum = Arrays.copyOf(values, Math.max(values.length, other.values.length));
        for (int i = 0; i < other.values.length; i++) {
            sum[i] += other.values[i];
        }
        return new Amounts(sum);
    }

    public Amounts minus(Amounts other) {
        long[] difference = Arrays.copyOf(values, Math.max(values.length, other.values.length));
        for (int i = 0; i < other.values.length; i++) {
            difference[i] -= other.values[i];
        }
        return new Amounts(difference);
    }

    public boolean isZero() {
        for (long value : values) {
            if (value != 0) {
                return false;
            }
        }
        return true;
    }

    /** Only what is not zero. */
    public void writeTo(BinaryOutput output) {
        for (int i = 0; i < values.length; i++) {
            if (values[i] != 0) {
                output.octet(i + 1).number(values[i]);
            }
        }
        output.octet(0);
    }

    public static Amounts readFrom(BinaryInput input) {
        long[] values = new long[MEASURES.length];
        for (int place = input.octet(); place != 0; place = input.octet()) {
            values[place - 1] = input.number();
        }
        return new Amounts(values);
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
