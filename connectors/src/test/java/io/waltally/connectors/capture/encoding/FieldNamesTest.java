package io.waltally.connectors.capture.encoding;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.junit.jupiter.api.Test;

class FieldNamesTest {
    private static final String CHARACTERS = "ab1_-. \u00fc\"";

    @Test
    void namesThatAvroCanHaveStayAsTheyAre() {
        assertThat(names("id", "size_bytes", "_x1")).containsExactly("id", "size_bytes", "_x1");
    }

    @Test
    void anyTableHasNamesOfItsOwnAndAnAddedColumnChangesNone() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int table = 0; table < 2_000; table++) {
            List<String> columns = IntStream.range(0, 12)
                    .mapToObj(column -> random.ints(1 + random.nextInt(3), 0, CHARACTERS.length())
                            .mapToObj(i -> CHARACTERS.substring(i, i + 1))
                            .collect(Collectors.joining()))
                    .distinct()
                    .toList();
            List<String> names = names(columns.toArray(String[]::new));
            assertThat(names)
                    .as("seed %d, %s", seed, columns)
                    .doesNotHaveDuplicates()
                    .allMatch(name -> name.matches("[A-Za-z_][A-Za-z0-9_]*"));
            assertThat(names(columns.subList(0, columns.size() - 1).toArray(String[]::new)))
                    .as("seed %d, %s", seed, columns)
                    .isEqualTo(names.subList(0, names.size() - 1));
        }
    }

    private static List<String> names(String... columns) {
        SchemaBuilder builder = SchemaBuilder.struct();
        for (String column : columns) {
            builder.field(column, Schema.STRING_SCHEMA);
        }
        return FieldNames.of(builder.build());
    }
}
