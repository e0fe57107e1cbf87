package io.waltally.sinks.replica.row;

import java.io.IOException;
import org.apache.avro.io.BinaryDecoder;

/** Writes Avro values of one schema as PostgreSQL's text, not escaped. */
@FunctionalInterface
interface ValueText {
    /**
     * Reads a value and adds its text.
     *
     * @return false if the value is the placeholder of an unchanged TOASTed one; its text then means nothing
     */
    boolean write(BinaryDecoder in, CopyText out) throws IOException;
}
