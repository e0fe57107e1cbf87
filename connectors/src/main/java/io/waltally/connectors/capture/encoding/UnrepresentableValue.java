package io.waltally.connectors.capture.encoding;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.AbstractList;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;

/**
 * Stands in a row for a value that the column's schema cannot express, such as NaN in a decimal. It is written as null,
 * and the header {@link io.waltally.schemas.ChangeHeaders#UNREPRESENTABLE} carries its text.
 */
public interface UnrepresentableValue {
    /** The value in PostgreSQL's text form, or Debezium's placeholder if the server omitted it. */
    String text();

    /** Whether values of the schema may be {@link #of replaced}. */
    static boolean possible(Schema schema) {
        return switch (schema.type()) {
            case STRUCT, ARRAY -> true;
            case BYTES -> Decimal.LOGICAL_NAME.equals(schema.name());
            default -> false;
        };
    }

    /**
     * Returns an object that Connect accepts as a value of the schema.
     *
     * @throws IllegalArgumentException if that is not {@link #possible}
     */
    static UnrepresentableValue of(Schema schema, String text) {
        return switch (schema.type()) {
            case STRUCT -> new OfStruct(schema, text);
            case ARRAY -> new OfArray(text);
            case BYTES -> new OfDecimal(text);
            default -> throw new IllegalArgumentException(schema.toString());
        };
    }

    /** In place of a decimal. */
    final class OfDecimal extends BigDecimal implements UnrepresentableValue {
        private static final long serialVersionUID = 1;

        private final String text;

        private OfDecimal(String text) {
            super(BigInteger.ZERO);
            this.text = text;
        }

        @Override
        public String text() {
            return text;
        }
    }

    /** In place of a struct. */
    final class OfStruct extends Struct implements UnrepresentableValue {
        private final String text;

        private OfStruct(Schema schema, String text) {
            super(schema);
            this.text = text;
        }

        /** Skips the check of required fields, since it has none. */
        @Override
        public void validate() {}

        @Override
        public String text() {
            return text;
        }
    }

    /** In place of an array. */
    final class OfArray extends AbstractList<Object> implements UnrepresentableValue {
        private final String text;

        private OfArray(String text) {
            this.text = text;
        }

        @Override
        public Object get(int index) {
            throw new IndexOutOfBoundsException(index);
        }

        @Override
        public int size() {
            return 0;
        }

        @Override
        public String text() {
            return text;
        }
    }
}
