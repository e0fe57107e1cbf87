package io.waltally.embedded.process;

import java.nio.file.Path;
import java.util.List;

/** The command that starts a Java server with this JVM's Java, with a small heap and a fast start. */
public final class JavaProgram {
    private JavaProgram() {}

    /** The command up to its options, with that maximum heap size (as in {@code -Xmx}). */
    public static List<String> small(String heap) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData");
    }
}
