package io.waltally.app.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.IndexedRecord;

/** The sums of all figures that tallies of one kind have. */
final class Totals {
    private final Map<Schema.Field, Long> sums = new LinkedHashMap<>();

    Totals(Schema tally) {
        for (Schema.Field field : tally.getFields()) {
            if (field.schema().getType() == Schema.Type.LONG && field.schema().getLogicalType() == null) {
                sums.put(field, 0L);
            }
        }
    }

    void add(IndexedRecord tally) {
        sums.replaceAll((field, sum) -> sum + (Long) tally.get(field.pos()));
    }

    ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        sums.forEach((field, sum) -> json.put(field.name(), sum));
        return json;
    }
}
