package io.waltally.connectors.capture;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.compatibility.AvroSchemas;
import io.waltally.compatibility.Forms;
import io.waltally.compatibility.RecordedForms;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;

/**
 * The schemas with which capture writes rows, by subject, compared with those of earlier versions: a consumer reads the
 * records of both with the latest one, and the registry accepts it after the others.
 */
record CapturedSchemas(SortedMap<String, Schema> schemas) implements Forms {
    /** Compares the schemas of all configured tables; each of them has a row. */
    static void verify(String kind, CaptureFixture source) throws Exception {
        SortedMap<String, Schema> schemas = new TreeMap<>();
        for (String table : source.config().tables()) {
            String topic = source.config().source().topicOf(table);
            List<CapturedTopics.Captured> records = source.read(topic).all();
            for (CapturedTopics.Captured captured : records) {
                GenericRecord value = captured.record().value();
                schemas.put(topic + "-key", captured.record().key().getSchema());
                if (value != null) {
                    schemas.put(topic + "-value", value.getSchema());
                }
            }
        }
        RecordedForms.of(kind).verify(new CapturedSchemas(schemas));
    }

    @Override
    public SortedMap<String, JsonNode> written() {
        SortedMap<String, JsonNode> written = new TreeMap<>();
        for (Map.Entry<String, Schema> subject : schemas.entrySet()) {
            written.put(subject.getKey(), AvroSchemas.form(subject.getValue()));
        }
        return written;
    }

    @Override
    public Optional<String> unreadable(String subject, JsonNode recorded) {
        return AvroSchemas.unreadable(schemas.get(subject), AvroSchemas.parse(recorded));
    }

    @Override
    public String remedy() {
        return "The registry refuses such a schema after the earlier ones, and capture stops (docs/schema-changes.md):"
                + " keep names and types of fields, and give new ones a default.";
    }
}
