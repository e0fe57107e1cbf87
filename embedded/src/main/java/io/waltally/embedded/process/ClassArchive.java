package io.waltally.embedded.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The classes that a Java server loads, in a file that its later processes map (dynamic AppCDS). A process that ends in
 * order writes it, if there is none. It belongs to a JVM and a jar. A JVM ignores a file that does not exist or does not
 * fit.
 */
public final class ClassArchive {
    private static final Logger LOG = LoggerFactory.getLogger(ClassArchive.class);

    private final Path file;
    private final Path recorded;
    private final boolean recording;

    /**
     * @param jar of the server; the file is beside it
     * @param mayRecord whether the process has the time to write the file when it ends
     */
    public ClassArchive(Path jar, boolean mayRecord) {
        int owner = Objects.hash(
                System.getProperty("java.vm.name"),
                System.getProperty("java.vm.version"),
                jar.getFileName().toString());
        file = jar.resolveSibling("classes-" + Integer.toHexString(owner) + ".jsa");
        // Several processes may record at once.
        recorded = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID());
        recording = mayRecord && !Files.exists(file) && Files.isWritable(jar.getParent());
    }

    /** Whether the process writes the file when it ends in order. */
    public boolean isRecording() {
        return recording;
    }

    /** The option of the JVM. */
    public String option() {
        return recording ? "-XX:ArchiveClassesAtExit=" + recorded : "-XX:SharedArchiveFile=" + file;
    }

    /**
     * Keeps what the process has recorded, which has ended, or removes what it has not finished. On failure the next
     * start is not faster, and nothing else.
     */
    public void keep() {
        try {
            if (isWhole(recorded)) {
                Files.move(recorded, file, StandardCopyOption.ATOMIC_MOVE);
            } else {
                Files.deleteIfExists(recorded);
            }
        } catch (IOException e) {
            LOG.debug("no class archive at {}", file, e);
        }
    }

    /** The JVM writes the header, which begins with a number other than 0, last. */
    private static boolean isWhole(Path archive) throws IOException {
        if (!Files.exists(archive)) {
            return false;
        }
        try (InputStream content = Files.newInputStream(archive)) {
            return content.read() > 0;
        }
    }
}
