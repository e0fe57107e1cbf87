package io.waltally.embedded;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A file system of a few megabytes in memory, which can be full or read-only. For tests. */
public final class SmallDisk implements AutoCloseable {
    private final Path directory;

    private SmallDisk(Path directory) {
        this.directory = directory;
    }

    /**
     * Mounts a disk for the owner of the directory. Empty if this user must not: it takes root, or sudo without a password.
     *
     * @param directory that exists
     */
    public static Optional<SmallDisk> mount(Path directory, int megabytes) throws IOException {
        String options = "size=" + megabytes + "m,mode=700,uid=" + Files.getAttribute(directory, "unix:uid");
        return run("mount", "-t", "tmpfs", "-o", options, "tmpfs", directory.toString())
                ? Optional.of(new SmallDisk(directory))
                : Optional.empty();
    }

    /** Writes until there is no space left. */
    public void fill() throws IOException {
        byte[] block = new byte[1024];
        try (OutputStream file = Files.newOutputStream(filler())) {
            while (true) {
                file.write(block);
            }
        } catch (IOException e) {
            if (!Files.exists(filler())) {
                throw e;
            }
        }
    }

    /** Frees what {@link #fill} has written. */
    public void free() throws IOException {
        Files.delete(filler());
    }

    public void setWritable(boolean writable) throws IOException {
        require("mount", "-o", writable ? "remount,rw" : "remount,ro", directory.toString());
    }

    /** Unmounts it. */
    @Override
    public void close() throws IOException {
        require("umount", directory.toString());
    }

    private Path filler() {
        return directory.resolve("filler");
    }

    private static void require(String... command) throws IOException {
        if (!run(command)) {
            throw new IOException(String.join(" ", command) + " failed");
        }
    }

    private static boolean run(String... command) throws InterruptedIOException {
        for (List<String> prefix : List.of(List.<String>of(), List.of("sudo", "-n"))) {
            try {
                Process process = new ProcessBuilder(Stream.concat(prefix.stream(), Stream.of(command))
                                .toList())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
                if (process.waitFor() == 0) {
                    return true;
                }
            } catch (IOException e) {
                // There is no such program.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException(String.join(" ", command) + " was interrupted");
            }
        }
        return false;
    }
}
