package io.waltally.iceberg.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;

/**
 * Files of a local or shared file system, without Hadoop. Locations are {@code file:///path}, not URL-encoded, as Hadoop
 * and other readers take them; {@code file:/path} and a plain path are read too.
 *
 * <p>All failures are {@link UncheckedIOException}, and of a missing file {@link
 * org.apache.iceberg.exceptions.NotFoundException}.
 */
public final class LocalFileIO implements FileIO {
    private static final long serialVersionUID = 1;

    private static final String SCHEME = "file:";
    private static final String PREFIX = "file://";

    /** The location of a path. */
    public static String location(Path path) {
        return PREFIX + path.toAbsolutePath().normalize();
    }

    /** Whether a location is that of a directory, also by another path. */
    public static boolean isLocation(String location, Path directory) {
        try {
            Path path = path(location);
            return path.equals(directory.toAbsolutePath().normalize())
                    || (Files.exists(path) && Files.isSameFile(path, directory));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @throws IllegalArgumentException if the location is of another file system */
    static Path path(String location) {
        if (location.startsWith(PREFIX)) {
            return Path.of(location.substring(PREFIX.length()));
        }
        if (location.startsWith(SCHEME)) {
            return Path.of(location.substring(SCHEME.length()));
        }
        if (location.startsWith("/")) {
            return Path.of(location);
        }
        throw new IllegalArgumentException("not a file of this file system: " + location);
    }

    @Override
    public InputFile newInputFile(String location) {
        return new LocalInputFile(location, path(location));
    }

    @Override
    public OutputFile newOutputFile(String location) {
        return new LocalOutputFile(location, path(location));
    }

    @Override
    public void deleteFile(String location) {
        try {
            Files.deleteIfExists(path(location));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
