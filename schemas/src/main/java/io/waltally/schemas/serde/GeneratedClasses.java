package io.waltally.schemas.serde;

import org.apache.avro.util.ClassSecurityValidator;

/** Avro instantiates classes named in a schema only if their packages are trusted: ours are, in addition to the defaults. */
final class GeneratedClasses {
    static {
        ClassSecurityValidator.setGlobal(ClassSecurityValidator.composite(
                ClassSecurityValidator.getGlobal(), type -> type.getName().startsWith("io.waltally.")));
    }

    private GeneratedClasses() {}

    /** Takes effect with the first call. */
    static void trust() {}
}
