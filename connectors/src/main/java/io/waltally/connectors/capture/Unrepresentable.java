package io.waltally.connectors.capture;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.AbstractList;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;

/**
 * Stands in a row for a value that the column's schema cannot express, such as NaN in a decimal. It is written as null, and
 * the record's header {@link io.waltally.schemas.ChangeHeaders#UNREPRESENTABLE} has its text.
 */
interface Unrepresentable {
    /** The value in PostgreSQL's text form, or Debezium's placeholder if the server left it out. */
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
     * An object that Connect takes for a value of the schema.
     *
     * @throws IllegalArgumentException if that is not {@link #possible}
     */
    static Unrepresentable of(Schema schema, String text) {
        return switch (schema.type()) {
            case STRUCT -> new OfStruct(schema, text);
            case ARRAY -> new OfArray(text);
            case BYTES -> new OfDecimal(text);
            default -> throw new IllegalArgumentException(schema.toString());
        };
    }

    /** Of a decimal. */
    final class OfDecimal extends BigDecimal implements Unrepresentable {
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

    /** Of a struct. */
    final class OfStruct extends Struct implements Unrepresentable {
        private final String text;

        private OfStruct(Schema schema, String text) {
            super(schema);
            this.text = text;
        }

        /** It has none of the fields that are required. */
        @Override
        public void validate() {}

        @Override
        public String text() {
            return text;
        }
    }

    /** Of an array. */
    final class OfArray extends AbstractList<Object> implements Unrepresentable {
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
