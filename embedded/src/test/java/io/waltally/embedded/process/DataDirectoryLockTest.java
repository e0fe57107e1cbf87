package io.waltally.embedded.process;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.InfrastructureOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryLockTest {
    @TempDir
    private Path directory;

    @Test
    void aDirectoryInUseIsRefusedWithItsUserUntilItIsFree() {
        Path data = directory.resolve("data");
        DataDirectoryLock first = DataDirectoryLock.take(data);
        // When
        assertThatThrownBy(() -> DataDirectoryLock.take(data))
                .isInstanceOf(EmbeddedServerException.class)
                .hasMessage("data directory " + data + " is in use by process "
                        + ProcessHandle.current().pid() + "; stop it, or choose another by --data-dir");
        first.close();
        // Then
        DataDirectoryLock.take(data).close();
    }

    @Test
    void aPathThatIsNoDirectoryIsRefusedWithoutTheNameOfAClass() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        assertThatThrownBy(() -> DataDirectoryLock.take(file))
                .isInstanceOf(EmbeddedServerException.class)
                .hasMessage("data directory " + file
                        + " cannot be used: it is not a directory; choose one that this user may write, by --data-dir");
    }

    @Test
    void nothingIsStartedInADirectoryInUse() {
        DataDirectoryLock other = DataDirectoryLock.take(directory);
        assertThatThrownBy(() -> Infrastructure.start(InfrastructureOptions.in(directory)))
                .isInstanceOf(EmbeddedServerException.class)
                .hasMessageContaining("is in use by process");
        other.close();
    }
}
