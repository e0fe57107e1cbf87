package io.waltally.pipeline.rows;

import java.nio.charset.StandardCharsets;

/** How the length of a payload is counted. */
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
