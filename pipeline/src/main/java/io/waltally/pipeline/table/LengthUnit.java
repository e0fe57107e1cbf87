package io.waltally.pipeline.table;

import java.nio.charset.StandardCharsets;

/** The unit in which payload lengths are counted. */
public enum LengthUnit {
    /** As PostgreSQL's {@code LENGTH(text)} counts. */
    CODE_POINTS {
        @Override
        public long lengthOf(String text) {
            return text.codePointCount(0, text.length());
        }
    },
    /** As {@code OCTET_LENGTH(text)} counts in a UTF-8 database. */
    OCTETS {
        @Override
        public long lengthOf(String text) {
            return text.getBytes(StandardCharsets.UTF_8).length;
        }
    };

    public abstract long lengthOf(String text);
}
