package io.waltally.sinks.replica.row;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.io.BinaryDecoder;
import org.jspecify.annotations.Nullable;

/** A column of a captured table, as one version of its schema has it. */
public final class SourceColumn {
    /** Capture's form of a default <code>{}</code> where the schema registry would take that for an object. */
    private static final String SPACED_BRACES = "{ }";

    private static final byte[] NULL = "\\N".getBytes(StandardCharsets.US_ASCII);

    private final String name;
    private final ColumnType type;
    private final int nullBranch;
    private final boolean nullable;
    private final boolean mayBeUnrepresentable;
    private final Optional<String> defaultText;

    private SourceColumn(
            String name,
            ColumnType type,
            int nullBranch,
            boolean nullable,
            boolean mayBeUnrepresentable,
            Optional<String> defaultText) {
        this.name = name;
        this.type = type;
        this.nullBranch = nullBranch;
        this.nullable = nullable;
        this.mayBeUnrepresentable = mayBeUnrepresentable;
        this.defaultText = defaultText;
    }

    static SourceColumn of(Schema.Field field) {
        Schema schema = field.schema();
        ColumnType type = ColumnType.of(schema);
        boolean unrepresentable = switch (ConnectSchema.valueOf(schema).getType()) {
            case RECORD, ARRAY, MAP -> true;
            // A decimal.
            case BYTES -> !ConnectSchema.name(ConnectSchema.valueOf(schema)).isEmpty();
            default -> false;
        };
        return new SourceColumn(
                field.name(),
                type,
                ConnectSchema.nullBranch(schema),
                schema.isUnion(),
                unrepresentable,
                defaultText(field, type));
    }

    private static Optional<String> defaultText(Schema.Field field, ColumnType type) {
        Object value = field.hasDefaultValue() ? GenericData.get().getDefaultValue(field) : null;
        if (value == null) {
            return Optional.empty();
        }
        CopyText text = new CopyText();
        UnchangedToast.write(ConnectSchema.valueOf(field.schema()), value, type.text(), text);
        String written = new String(text.copy(0, text.length()), StandardCharsets.UTF_8);
        return Optional.of(type.sql().equals("json") && written.equals(SPACED_BRACES) ? "{}" : written);
    }

    public String name() {
        return name;
    }

    public ColumnType type() {
        return type;
    }

    /** Whether a header may have a value in place of the record: capture does so with decimals, structs and arrays. */
    boolean mayBeUnrepresentable() {
        return mayBeUnrepresentable;
    }

    /** The value of rows that are older than the column, in PostgreSQL's text form. */
    public Optional<String> defaultText() {
        return defaultText;
    }

    /**
     * Reads the column's value and adds it as COPY reads it.
     *
     * @param unrepresentable text of the value if Avro has null in its place
     * @param whole whether a value that looks like the placeholder is one of the row
     * @return false if the update left the value as it was; nothing was added then
     */
    boolean write(BinaryDecoder in, @Nullable String unrepresentable, CopyText out, boolean whole) throws IOException {
        int from = out.length();
        if (nullable && in.readIndex() == nullBranch) {
            return writeAbsent(unrepresentable, out, whole);
        }
        boolean known = type.text().write(in, out) || whole;
        if (!known) {
            out.truncate(from);
        } else if (!type.plain()) {
            out.escape(from);
        }
        return known;
    }

    private static boolean writeAbsent(@Nullable String unrepresentable, CopyText out, boolean whole) {
        if (unrepresentable == null) {
            out.add(NULL);
            return true;
        }
        if (!whole && unrepresentable.equals(UnchangedToast.TEXT)) {
            return false;
        }
        int from = out.length();
        out.add(unrepresentable);
        out.escape(from);
        return true;
    }
}
