package io.waltally.sinks.replica.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Operation;
import io.waltally.sinks.target.TargetException;
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

    /** Fields before the operation; empty of keys. */
    private final List<Schema> beforeOperation;

    private BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(new byte[0], null);

    private RowPlan(
            List<Schema> skipped,
            int nullBranch,
            boolean nullable,
            List<SourceColumn> columns,
            List<Schema> beforeOperation) {
        this.skipped = skipped;
        this.nullBranch = nullBranch;
        this.nullable = nullable;
        this.columns = columns;
        this.beforeOperation = beforeOperation;
        names = columns.stream().map(SourceColumn::name).toList();
        mayBeUnrepresentable = columns.stream().anyMatch(SourceColumn::mayBeUnrepresentable);
    }

    static RowPlan ofKey(Schema key) {
        return new RowPlan(List.of(), -1, false, columns(key), List.of());
    }

    /** @throws IllegalArgumentException if it is not Debezium's envelope of a row */
    static RowPlan ofEnvelope(Schema envelope) {
        Schema.Field after = envelope.getType() == Schema.Type.RECORD ? envelope.getField("after") : null;
        Schema.Field operation = after == null ? null : envelope.getField("op");
        if (after == null
                || ConnectSchema.valueOf(after.schema()).getType() != Schema.Type.RECORD
                || operation == null
                || operation.schema().getType() != Schema.Type.STRING) {
            throw new IllegalArgumentException(envelope.getFullName() + " is not an envelope of Debezium");
        }
        return new RowPlan(
                before(after, envelope),
                ConnectSchema.nullBranch(after.schema()),
                after.schema().isUnion(),
                columns(ConnectSchema.valueOf(after.schema())),
                before(operation, envelope));
    }

    private static List<Schema> before(Schema.Field field, Schema envelope) {
        return envelope.getFields().subList(0, field.pos()).stream()
                .map(Schema.Field::schema)
                .toList();
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
        skip(bytes, skipped);
        return !nullable || decoder.readIndex() != nullBranch;
    }

    private void skip(byte[] bytes, List<Schema> fields) throws IOException {
        decoder = DecoderFactory.get().binaryDecoder(bytes, PREFIX_BYTES, bytes.length - PREFIX_BYTES, decoder);
        for (Schema schema : fields) {
            GenericDatumReader.skip(schema, decoder);
        }
    }

    /** Adds the key of a record. */
    public void readKey(byte[] key, RowText row) throws IOException {
        seekRow(key);
        readColumns(MissingNode.getInstance(), row, true);
    }

    /** Adds the row of an envelope that is no {@link #isDelete delete}. */
    public void read(ConsumerRecord<byte[], byte[]> record, RowText row) throws IOException {
        Header header = mayBeUnrepresentable ? record.headers().lastHeader(ChangeHeaders.UNREPRESENTABLE) : null;
        JsonNode unrepresentable = header == null
                ? MissingNode.getInstance()
                : JSON.readTree(header.value()).path("after");
        seekRow(record.value());
        readColumns(unrepresentable, row, false);
        if (!row.isComplete() && !mayOmitValues(record)) {
            row.remove();
            seekRow(record.value());
            readColumns(unrepresentable, row, true);
        }
    }

    /** Reads the operation only where it matters, which is seldom. */
    private boolean mayOmitValues(ConsumerRecord<byte[], byte[]> record) throws IOException {
        skip(record.value(), beforeOperation);
        String code = decoder.readString();
        try {
            return ChangeHeaders.mayOmitValues(Operation.of(code), record.headers());
        } catch (IllegalArgumentException e) {
            throw new TargetException(TargetException.Kind.REFUSED, e.getMessage(), e);
        }
    }

    /** @param whole whether each value is one of the row, also if it looks like the placeholder of an omitted one */
    private void readColumns(JsonNode unrepresentable, RowText row, boolean whole) throws IOException {
        row.begin();
        boolean allRepresentable = unrepresentable.isMissingNode();
        for (SourceColumn column : columns) {
            row.beginColumn();
            String text = allRepresentable
                    ? null
                    : unrepresentable.path(column.name()).textValue();
            row.endColumn(column.write(decoder, text, row.out(), whole));
        }
        row.end();
    }
}
