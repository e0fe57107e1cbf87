package io.waltally.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The classes that a Java server loads, in a file that its later processes map (dynamic AppCDS). The first process that
 * ends in order writes it. A JVM ignores the file of another one, or of other jars.
 */
final class ClassArchive {
    private static final Logger LOG = LoggerFactory.getLogger(ClassArchive.class);

    private final Path file;
    private final Path recorded;
    private final boolean recording;

    /** @param directory of the server's distribution; nothing is recorded if it cannot be written */
    ClassArchive(Path directory) {
        String jvm = System.getProperty("java.vm.name") + System.getProperty("java.vm.version");
        file = directory.resolve("classes-" + Integer.toHexString(jvm.hashCode()) + ".jsa");
        // Several processes may record at once.
        recorded = file.resolveSibling(file.getFileName() + "." + Long.toHexString(System.nanoTime())
                + ProcessHandle.current().pid());
        recording = !Files.exists(file) && Files.isWritable(directory);
    }

    /** Whether the process writes the file when it ends in order. */
    boolean isRecording() {
        return recording;
    }

    /** The option of the JVM, which ignores a file that does not exist. */
    String option() {
        return recording ? "-XX:ArchiveClassesAtExit=" + recorded : "-XX:SharedArchiveFile=" + file;
    }

    /** Keeps what a process has recorded that has ended. Without it the next start is not faster, and nothing else. */
    void keep() {
        try {
            if (Files.exists(recorded)) {
                Files.move(recorded, file, StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException e) {
            LOG.debug("no class archive at {}", file, e);
        }
    }
}
