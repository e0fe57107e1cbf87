package io.waltally.app.http.route.tally;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.IndexedRecord;

/**
 * The sums of all fields of the tallies of one kind, as the nearest longs, and whether one of the tallies is degraded.
 */
final class Totals {
    private static final BigInteger MAX = BigInteger.valueOf(Long.MAX_VALUE);
    private static final BigInteger MIN = BigInteger.valueOf(Long.MIN_VALUE);

    private final Map<Schema.Field, BigInteger> sums = new LinkedHashMap<>();
    private final Schema.Field degradedField;
    private boolean degraded;

    Totals(Schema tally) {
        for (Schema.Field field : tally.getFields()) {
            if (field.schema().getType() == Schema.Type.LONG && field.schema().getLogicalType() == null) {
                sums.put(field, BigInteger.ZERO);
            }
        }
        degradedField = tally.getField("degraded");
    }

    void add(IndexedRecord tally) {
        sums.replaceAll((field, sum) -> sum.add(BigInteger.valueOf((Long) tally.get(field.pos()))));
        degraded |= (Boolean) tally.get(degradedField.pos());
    }

    /** The sum, or the end of the range of longs that is nearest to it. */
    static long nearest(BigInteger sum) {
        return sum.min(MAX).max(MIN).longValueExact();
    }

    static boolean fits(BigInteger sum) {
        return sum.equals(BigInteger.valueOf(nearest(sum)));
    }

    ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        sums.forEach((field, sum) -> {
            json.put(field.name(), nearest(sum));
            degraded |= !fits(sum);
        });
        return json.put(degradedField.name(), degraded);
    }
}
