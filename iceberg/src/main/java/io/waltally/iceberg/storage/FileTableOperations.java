package io.waltally.iceberg.storage;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.LocationProviders;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.RuntimeIOException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A table in a directory, in the layout of Iceberg's specification for tables in file systems, which is also that of its
 * Hadoop catalogue: {@code metadata/v1.metadata.json}, {@code v2...}. Only one process can make a version: a hard link is
 * made to its complete file, which fails if the name exists, on local file systems and on NFS.
 *
 * <p>The version with the greatest number is the table. {@code version-hint.text} is for other readers.
 */
public final class FileTableOperations implements TableOperations {
    private static final Logger LOG = LoggerFactory.getLogger(FileTableOperations.class);

    private static final Pattern VERSION = Pattern.compile("v(\\d+)\\.metadata\\.json");
    private static final String HINT = "version-hint.text";

    private final Path directory;
    private final Fence fence;
    private final FileIO io = new LocalFileIO();
    private @Nullable TableMetadata current;
    private long version;

    /**
     * @param directory of the table
     * @param fence is asked before each version of a table that exists
     */
    public FileTableOperations(Path directory, Fence fence) {
        this.directory = directory;
        this.fence = fence;
    }

    /** Null if the table does not exist. */
    @Override
    public @Nullable TableMetadata current() {
        return current == null ? refresh() : current;
    }

    /** Null if the table does not exist. */
    @Override
    public @Nullable TableMetadata refresh() {
        while (true) {
            OptionalLong newest = newest();
            if (newest.isEmpty()) {
                current = null;
                return null;
            }
            if (current != null && newest.getAsLong() == version) {
                return current;
            }
            try {
                current = TableMetadataParser.read(io, LocalFileIO.location(file(newest.getAsLong())));
                version = newest.getAsLong();
                return current;
            } catch (org.apache.iceberg.exceptions.NotFoundException e) {
                LOG.debug("version {} was removed while it was read, since there are later ones", newest, e);
            } catch (RuntimeIOException e) {
                if (e.getCause() instanceof JsonProcessingException) {
                    throw new UncheckedIOException(
                            new IOException(file(newest.getAsLong()) + " is not the metadata of a table", e));
                }
                throw e;
            }
        }
    }

    private OptionalLong newest() {
        long newest = -1;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(metadata(), "v*.metadata.json")) {
            for (Path file : files) {
                Matcher matcher = VERSION.matcher(file.getFileName().toString());
                if (matcher.matches()) {
                    newest = Math.max(newest, Long.parseLong(matcher.group(1)));
                }
            }
        } catch (NoSuchFileException e) {
            return OptionalLong.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return newest < 0 ? OptionalLong.empty() : OptionalLong.of(newest);
    }

    /**
     * Makes the next version.
     *
     * @throws CommitFailedException if another process has made it
     * @throws CommitStateUnknownException if the file system does not say whether the version exists
     * @throws FencedException if the fence refuses
     */
    @Override
    public void commit(@Nullable TableMetadata base, TableMetadata next) {
        if (base != current) {
            throw new CommitFailedException("The table in %s has changed", directory);
        }
        if (base == next) {
            return;
        }
        if (base != null) {
            fence.check(base);
        }
        long number = base == null ? 1 : version + 1;
        Path written = metadata().resolve(UUID.randomUUID() + ".metadata.json");
        try {
            Files.createDirectories(metadata());
            TableMetadataParser.write(next, io.newOutputFile(LocalFileIO.location(written)));
            link(written, number);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            delete(written);
        }
        current = null;
        hint();
        if (base != null) {
            CatalogUtil.deleteRemovedMetadataFiles(io, base, next);
        }
    }

    private void link(Path written, long number) throws IOException {
        Path file = file(number);
        try {
            Files.createLink(file, written);
        } catch (UnsupportedOperationException e) {
            throw new IOException("the file system of " + directory + " has no hard links", e);
        } catch (IOException e) {
            // A server of files may have made the link, lost the answer, and been asked again.
            if (!isLinked(file, written)) {
                if (e instanceof FileAlreadyExistsException) {
                    throw new CommitFailedException(e, "Version %d of the table in %s exists", number, directory);
                }
                throw e;
            }
        }
        try {
            Directories.force(metadata());
        } catch (IOException e) {
            throw new CommitStateUnknownException(e);
        }
    }

    private boolean isLinked(Path file, Path written) {
        try {
            return Files.exists(file) && Files.isSameFile(file, written);
        } catch (IOException e) {
            throw new CommitStateUnknownException(e);
        }
    }

    private static void delete(Path written) {
        try {
            Files.deleteIfExists(written);
        } catch (IOException e) {
            LOG.warn("{} not deleted: {}", written, e.getMessage());
        }
    }

    /**
     * Names the newest version, which is not the one that was just made if that is an old version whose file had been
     * removed. A failure is no failure of the commit.
     */
    private void hint() {
        Path written = metadata().resolve(UUID.randomUUID() + ".tmp");
        try {
            Files.writeString(written, Long.toString(newest().orElseThrow()), StandardCharsets.UTF_8);
            Files.move(
                    written,
                    metadata().resolve(HINT),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("{} not written: {}", metadata().resolve(HINT), e.getMessage());
        }
    }

    private Path metadata() {
        return directory.resolve("metadata");
    }

    private Path file(long number) {
        return metadata().resolve("v" + number + ".metadata.json");
    }

    @Override
    public FileIO io() {
        return io;
    }

    @Override
    public String metadataFileLocation(String name) {
        return LocalFileIO.location(metadata().resolve(name));
    }

    @Override
    public LocationProvider locationProvider() {
        TableMetadata table = current();
        if (table == null) {
            throw new IllegalStateException("no table in " + directory);
        }
        return LocationProviders.locationsFor(table.location(), table.properties());
    }
}
