package io.waltally.connectors.capture.encoding;

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
 * The names of columns as fields of Avro records, which consist of ASCII letters, digits and underscores: any other
 * character becomes an underscore. If several columns would have the same name, the first one in the table has it, and
 * each other one has the first free name with a number appended. So an added column renames no other.
 */
public final class FieldNames {
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

    public static Map<String, String> byColumn(Schema struct) {
        List<String> names = of(struct);
        Map<String, String> byColumn = new HashMap<>();
        for (Field field : struct.fields()) {
            byColumn.put(field.name(), names.get(field.index()));
        }
        return byColumn;
    }
}
