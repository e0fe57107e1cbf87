package io.waltally.connectors.capture.encoding;

import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.connect.avro.AvroData;
import java.util.Optional;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.junit.jupiter.api.Test;

class WriterSchemaTest {
    @Test
    void aDefaultThatWouldMakeTheSchemaTooLargeIsLeftOut() {
        assertThat(written("x".repeat(1_000)).defaultValue()).isEqualTo("x".repeat(1_000));
        assertThat(written("x".repeat(20_000)).defaultValue()).isNull();
    }

    private static Schema written(String defaultValue) {
        Schema row = SchemaBuilder.struct()
                .optional()
                .field("note", SchemaBuilder.string().defaultValue(defaultValue).build())
                .build();
        Schema envelope = SchemaBuilder.struct().field("after", row).build();
        return WriterSchema.after(Optional.empty(), new AvroData(10))
                .of(envelope)
                .field("after")
                .schema()
                .field("note")
                .schema();
    }
}
