package io.waltally.app.run;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Optional;
import javax.management.JMException;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The classes that this JVM has loaded, in a file that later JVMs map (dynamic AppCDS). The launcher names the file if
 * there is none yet, and starts the JVM with {@code -XX:+RecordDynamicDumpInfo}.
 *
 * <p>Not {@code -XX:ArchiveClassesAtExit}: that would also keep the few classes of a start that failed.
 */
public final class ClassArchiveWriter {
    static final String PROPERTY = "waltally.class-archive";

    private static final Logger LOG = LoggerFactory.getLogger(ClassArchiveWriter.class);

    private static volatile boolean started;

    private ClassArchiveWriter() {}

    /** The command runs: everything that a later start loads is loaded. */
    public static void commandStarted() {
        started = true;
    }

    /**
     * Writes the file, if the launcher named one and the command has started. To be called at the end of the process:
     * the JVM stands still meanwhile, for some seconds. A failure has no consequence except that the next start is not
     * faster.
     */
    public static void write() {
        if (started) {
            Optional.ofNullable(System.getProperty(PROPERTY)).map(Path::of).ifPresent(ClassArchiveWriter::write);
        }
    }

    private static void write(Path archive) {
        // Several processes may end at once.
        Path own = archive.resolveSibling(
                archive.getFileName() + "." + ProcessHandle.current().pid());
        long began = System.nanoTime();
        try {
            // Logged before, because stopping the process takes that much longer.
            LOG.info("keeping the loaded classes for faster starts, once, in {}; this takes some seconds", archive);
            dump(own);
            Files.move(own, archive, StandardCopyOption.ATOMIC_MOVE);
            LOG.debug(
                    "kept the loaded classes after {} ms",
                    Duration.ofNanos(System.nanoTime() - began).toMillis());
        } catch (JMException | IOException | RuntimeException e) {
            LOG.debug("no class archive at {}", archive, e);
            delete(own);
        }
    }

    /** As {@code jcmd PID VM.cds dynamic_dump FILE} does. */
    private static void dump(Path file) throws JMException {
        PrintStream out = System.out;
        // The JDK prints the name of the file.
        System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
        try {
            ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "vmCds",
                            new Object[] {new String[] {"dynamic_dump", file.toString()}},
                            new String[] {String[].class.getName()});
        } finally {
            System.setOut(out);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.debug("{} is left over", file, e);
        }
    }
}
