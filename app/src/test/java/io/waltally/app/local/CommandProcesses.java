package io.waltally.app.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The processes of one test. Those that still run at its end are killed. */
final class CommandProcesses implements BeforeEachCallback, AfterEachCallback {
    private final List<CommandProcess> processes = new ArrayList<>();
    private Path directory;

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        directory = Files.createTempDirectory("waltally-commands");
    }

    /** For files of the test; it is removed at the end. */
    Path directory() {
        return directory;
    }

    CommandProcess start(String... arguments) throws IOException {
        CommandProcess process = CommandProcess.start(directory, arguments);
        processes.add(process);
        return process;
    }

    CommandProcess startInstalled(String javaOptions, String... arguments) throws IOException {
        CommandProcess process = CommandProcess.startInstalled(directory, javaOptions, arguments);
        processes.add(process);
        return process;
    }

    CommandProcess startWithTemporaryFilesIn(Path temporary, String... arguments) throws IOException {
        CommandProcess process = CommandProcess.start(directory, temporary, arguments);
        processes.add(process);
        return process;
    }

    @Override
    public void afterEach(ExtensionContext context) throws InterruptedException, IOException {
        for (CommandProcess process : processes) {
            process.kill();
        }
        Utils.delete(directory.toFile());
    }
}
