package io.waltally.embedded;

import java.nio.file.Path;
import java.util.List;

/** How a server in Java is started beside this JVM: by the same Java, small, quick to be there. */
final class JavaProgram {
    private JavaProgram() {}

    /** The command up to its options, with a heap of that size at most (as in {@code -Xmx}). */
    static List<String> small(String heap) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData");
    }
}
