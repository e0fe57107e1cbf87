package io.waltally.embedded.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassArchiveTest {
    private static final String RECORD = "-XX:ArchiveClassesAtExit=";
    private static final String USE = "-XX:SharedArchiveFile=";

    @TempDir
    private Path directory;

    private Path jar;

    @BeforeEach
    void install() {
        jar = directory.resolve("server-1.0.jar");
    }

    @Test
    void whatOneProcessHasRecordedOthersUse() throws IOException {
        record(jar, "classes");
        ClassArchive next = new ClassArchive(jar, true);
        assertThat(next.isRecording()).isFalse();
        assertThat(Path.of(next.option().substring(USE.length()))).hasContent("classes");
    }

    @Test
    void whatTheJvmHasNotFinishedIsRemoved() throws IOException {
        record(jar, "\0classes");
        assertThat(new ClassArchive(jar, true).isRecording()).isTrue();
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void anArchiveIsOfOneVersionOfTheServer() throws IOException {
        record(jar, "classes");
        assertThat(new ClassArchive(directory.resolve("server-2.0.jar"), true).isRecording())
                .isTrue();
    }

    @Test
    void aProcessWithoutTimeDoesNotRecord() {
        assertThat(new ClassArchive(jar, false).option()).startsWith(USE);
    }

    private static void record(Path jar, String content) throws IOException {
        ClassArchive archive = new ClassArchive(jar, true);
        Files.writeString(Path.of(archive.option().substring(RECORD.length())), content);
        archive.keep();
    }
}
