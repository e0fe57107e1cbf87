package io.waltally.schemas;

/** The operation of a row change, by the {@code op} field of Debezium's envelope. */
public enum Operation {
    READ("r"),
    CREATE("c"),
    UPDATE("u"),
    DELETE("d"),
    TRUNCATE("t");

    private final String code;

    Operation(String code) {
        this.code = code;
    }

    /** The code in the envelope. */
    public String code() {
        return code;
    }

    /** @throws IllegalArgumentException for an unknown code */
    public static Operation of(CharSequence code) {
        for (Operation operation : values()) {
            if (operation.code.contentEquals(code)) {
                return operation;
            }
        }
        throw new IllegalArgumentException("unknown op \"" + code + "\" in a change envelope");
    }
}
