package io.waltally.connectors.capture;

import io.debezium.schema.FieldNameUnderscoreReplacementFunction;
import io.debezium.schema.SchemaNameAdjuster;
import io.debezium.spi.common.ReplacementFunction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;

/**
 * The names that columns have as fields of an Avro record, which may contain letters of ASCII, digits and underscores only:
 * any other character becomes an underscore. Of columns that would have the same name, the first in the table has it, and
 * each that follows has the first free one with a number behind it: a column that is added renames no other.
 */
final class FieldNames {
    private static final ReplacementFunction UNDERSCORE = new FieldNameUnderscoreReplacementFunction();

    private FieldNames() {}

    /** In the order of the fields. */
    static List<String> of(Schema struct) {
        Set<String> taken = new HashSet<>();
        List<String> names = new ArrayList<>(struct.fields().size());
        for (Field field : struct.fields()) {
            String plain = SchemaNameAdjuster.validFullname(field.name(), UNDERSCORE);
            String name = plain;
            for (int number = 2; !taken.add(name); number++) {
                name = plain + "_" + number;
            }
            names.add(name);
        }
        return names;
    }

    static Map<String, String> byColumn(Schema struct) {
        List<String> names = of(struct);
        Map<String, String> byColumn = new HashMap<>();
        for (Field field : struct.fields()) {
            byColumn.put(field.name(), names.get(field.index()));
        }
        return byColumn;
    }
}
