package io.waltally.iceberg.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.iceberg.storage.FencedException;
import io.waltally.iceberg.storage.FileTableOperations;
import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TargetException.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TableFailuresTest {
    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(new FencedException("another"), Kind.FENCED, "another"),
                Arguments.of(
                        new UncheckedIOException(new AccessDeniedException("/lake/s3")),
                        Kind.MISCONFIGURED,
                        "warehouse /lake: user " + System.getProperty("user.name")
                                + " may not read or write /lake/s3: give the directory and its files to that user"
                                + " (docs/sinks.md#privileges-of-the-directory)"),
                Arguments.of(
                        new UncheckedIOException(new FileSystemException("/lake/s3/x", null, "Read-only file system")),
                        Kind.MISCONFIGURED,
                        "warehouse /lake: the file system of /lake/s3/x is read-only: mount it for writing"),
                Arguments.of(
                        new RuntimeException(new FileSystemException("/lake/s3/x", null, "No space left on device")),
                        Kind.UNAVAILABLE,
                        "warehouse /lake: /lake/s3/x: No space left on device"),
                Arguments.of(
                        new CommitFailedException("version %d exists", 3),
                        Kind.UNAVAILABLE,
                        "warehouse /lake: version 3 exists"),
                Arguments.of(new TargetException(Kind.FOREIGN, "other topics"), Kind.FOREIGN, "other topics"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void aFailureIsOfTheKindThatSaysWhatHasToHappen(RuntimeException failure, Kind kind, String message) {
        TargetException classified = TableFailures.of(failure, "/lake");
        assertThat(classified.kind()).isEqualTo(kind);
        assertThat(classified).hasMessage(message);
    }

    @Test
    void aWarehouseThatIsAFileIsMisconfigured(@TempDir Path directory) throws IOException {
        Path file = Files.createFile(directory.resolve("lake"));
        FileTableOperations operations = new FileTableOperations(file, current -> {});
        assertThatThrownBy(operations::refresh).isInstanceOfSatisfying(RuntimeException.class, e -> {
            TargetException classified = TableFailures.of(e, file.toString());
            assertThat(classified.kind()).isEqualTo(Kind.MISCONFIGURED);
            assertThat(classified).hasMessageContaining("is in a file, not in a directory");
        });
    }
}
