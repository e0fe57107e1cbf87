package io.waltally.app.tally;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.junit.jupiter.api.Test;

/** A generic record with every type that a captured table can have. */
class AnyAvroTest {
    private static final Schema ROW = new Schema.Parser().parse("""
            {"type": "record", "name": "Value", "namespace": "s3.public.anything", "fields": [
              {"name": "lsn", "type": "long"},
              {"name": "flag", "type": "boolean"},
              {"name": "small", "type": "int"},
              {"name": "ratio", "type": ["null", "float"]},
              {"name": "precise", "type": ["null", "double"]},
              {"name": "absent", "type": ["null", "string"]},
              {"name": "price", "type": ["null", {"type": "bytes", "logicalType": "decimal", "precision": 64, "scale": 2}]},
              {"name": "raw", "type": "bytes"},
              {"name": "fixed", "type": {"type": "fixed", "name": "Two", "size": 2}},
              {"name": "tags", "type": {"type": "array", "items": ["null", "string"]}},
              {"name": "sizes", "type": {"type": "map", "values": "long"}},
              {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["A", "B"]}},
              {"name": "millis", "type": {"type": "long", "logicalType": "timestamp-millis"}},
              {"name": "micros", "type": ["null", {"type": "long", "logicalType": "timestamp-micros"}]},
              {"name": "part", "type": {"type": "record", "name": "Part", "fields": [{"name": "x", "type": "int"}]}}
            ]}""");

    @Test
    void everyTypeHasAForm() {
        GenericData.Record row = new GenericData.Record(ROW);
        row.put("lsn", 5L);
        row.put("flag", true);
        row.put("small", -1);
        row.put("ratio", 0.5f);
        row.put("precise", 1e300);
        row.put(
                "price",
                ByteBuffer.wrap(new BigDecimal("-12.30").unscaledValue().toByteArray()));
        row.put("raw", ByteBuffer.wrap("abc".getBytes(StandardCharsets.UTF_8)));
        row.put("fixed", new GenericData.Fixed(ROW.getField("fixed").schema(), new byte[] {1, 2}));
        row.put("tags", Arrays.asList("a", null));
        row.put("sizes", Map.of("s", 7L));
        row.put("kind", new GenericData.EnumSymbol(ROW.getField("kind").schema(), "B"));
        row.put("millis", 1_000L);
        row.put("micros", 1L);
        GenericData.Record part = new GenericData.Record(ROW.getField("part").schema());
        part.put("x", 3);
        row.put("part", part);
        assertThat(AvroJson.object(row).toString())
                .as("a column named lsn is a number like any other")
                .isEqualTo("{\"lsn\":5,\"flag\":true,\"small\":-1,\"ratio\":0.5,\"precise\":1.0E300,\"absent\":null,"
                        + "\"price\":\"-12.30\",\"raw\":\"YWJj\",\"fixed\":\"AQI=\",\"tags\":[\"a\",null],"
                        + "\"sizes\":{\"s\":7},\"kind\":\"B\",\"millis\":\"1970-01-01T00:00:01Z\","
                        + "\"micros\":\"1970-01-01T00:00:00.000001Z\",\"part\":{\"x\":3}}");
    }
}
