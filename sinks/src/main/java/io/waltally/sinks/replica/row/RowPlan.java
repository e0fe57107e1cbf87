package io.waltally.sinks.replica.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.waltally.schemas.ChangeHeaders;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** Reads the rows of one version of a table's schema: from keys, or from envelopes as they are after the change. */
public final class RowPlan {
    /** Magic byte and schema id of the wire format. */
    public static final int PREFIX_BYTES = 5;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<Schema> skipped;
    private final int nullBranch;
    private final boolean nullable;
    private final List<SourceColumn> columns;
    private final List<String> names;
    private final boolean mayBeUnrepresentable;
    private BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(new byte[0], null);

    private RowPlan(List<Schema> skipped, int nullBranch, boolean nullable, List<SourceColumn> columns) {
        this.skipped = skipped;
        this.nullBranch = nullBranch;
        this.nullable = nullable;
        this.columns = columns;
        names = columns.stream().map(SourceColumn::name).toList();
        mayBeUnrepresentable = columns.stream().anyMatch(SourceColumn::mayBeUnrepresentable);
    }

    static RowPlan ofKey(Schema key) {
        return new RowPlan(List.of(), -1, false, columns(key));
    }

    /** @throws IllegalArgumentException if it is not Debezium's envelope of a row */
    static RowPlan ofEnvelope(Schema envelope) {
        Schema.Field after = envelope.getType() == Schema.Type.RECORD ? envelope.getField("after") : null;
        if (after == null || Avro.valueOf(after.schema()).getType() != Schema.Type.RECORD) {
            throw new IllegalArgumentException(envelope.getFullName() + " is not an envelope of Debezium");
        }
        return new RowPlan(
                envelope.getFields().subList(0, after.pos()).stream()
                        .map(Schema.Field::schema)
                        .toList(),
                Avro.nullBranch(after.schema()),
                after.schema().isUnion(),
                columns(Avro.valueOf(after.schema())));
    }

    private static List<SourceColumn> columns(Schema row) {
        return row.getFields().stream().map(SourceColumn::of).toList();
    }

    public List<SourceColumn> columns() {
        return columns;
    }

    /** The names of the columns. */
    public List<String> names() {
        return names;
    }

    /** Position of a column; empty if the version has no such one. */
    public Optional<Integer> indexOf(String column) {
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).name().equals(column)) {
                return Optional.of(i);
            }
        }
        return Optional.empty();
    }

    /** Whether the envelope has no row after the change. */
    public boolean isDelete(byte[] value) throws IOException {
        return !seekRow(value);
    }

    /** Reads up to the row; returns whether there is one. */
    private boolean seekRow(byte[] bytes) throws IOException {
        decoder = DecoderFactory.get().binaryDecoder(bytes, PREFIX_BYTES, bytes.length - PREFIX_BYTES, decoder);
        for (Schema schema : skipped) {
            GenericDatumReader.skip(schema, decoder);
        }
        return !nullable || decoder.readIndex() != nullBranch;
    }

    /** Adds the key of a record. */
    public void readKey(byte[] key, RowText row) throws IOException {
        seekRow(key);
        readColumns(MissingNode.getInstance(), row);
    }

    /** Adds the row of an envelope that is no {@link #isDelete delete}. */
    public void read(ConsumerRecord<byte[], byte[]> record, RowText row) throws IOException {
        Header header = mayBeUnrepresentable ? record.headers().lastHeader(ChangeHeaders.UNREPRESENTABLE) : null;
        JsonNode unrepresentable = header == null
                ? MissingNode.getInstance()
                : JSON.readTree(header.value()).path("after");
        seekRow(record.value());
        readColumns(unrepresentable, row);
    }

    private void readColumns(JsonNode unrepresentable, RowText row) throws IOException {
        row.begin();
        boolean allRepresentable = unrepresentable.isMissingNode();
        for (SourceColumn column : columns) {
            row.beginColumn();
            String text = allRepresentable
                    ? null
                    : unrepresentable.path(column.name()).textValue();
            row.endColumn(column.write(decoder, text, row.out()));
        }
        row.end();
    }
}
