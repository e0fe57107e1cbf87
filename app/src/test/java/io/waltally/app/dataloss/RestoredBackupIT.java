package io.waltally.app.dataloss;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.fixture.InstanceApi;
import io.waltally.app.run.Instance;
import io.waltally.app.run.role.RoleName;
import io.waltally.schemas.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kafka was restored from a backup. The loss is reported, and after the reported remedy every tally equals SQL, and every
 * table of a sink. Each test begins and ends with an application that has stopped in order.
 */
class RestoredBackupIT {
    @TempDir
    private static Path directory;

    private static DataLossFixture application;

    @BeforeAll
    static void startApplication() throws Exception {
        application = DataLossFixture.withSinks(directory, Map.of());
    }

    @AfterAll
    static void closeServers() {
        application.close();
    }

    @Test
    void aBackupThatWasRestoredWhileNothingRan() throws Exception {
        application.servers().backUpKafka();
        List<String> before = setAside();
        application.runAndWrite();
        application.servers().restoreKafka();
        resumeUntilEqual();
        assertThat(setAside()).hasSize(1).isNotEqualTo(before);
    }

    @Test
    void aBackupThatWasRestoredWhileItRuns() throws Exception {
        application.servers().backUpKafka();
        List<String> before = setAside();
        try (Instance instance = application.start(EnumSet.allOf(RoleName.class))) {
            application.write();
            application.awaitEqual(instance);
            application.servers().restoreKafka();
            DataLossFixture.await(
                    () -> instance.ended().isPresent(),
                    () -> InstanceApi.json(instance, "/api/status").toString());
        }
        resumeUntilEqual();
        assertThat(setAside()).hasSize(1).isNotEqualTo(before);
    }

    private static List<String> setAside() throws IOException {
        try (Stream<Path> entries = Files.list(application.stateDirectory())) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> name.startsWith(DataLossFixture.ID + ".set-aside-"))
                    .toList();
        }
    }

    private static void resumeUntilEqual() throws Exception {
        try (Instance instance = application.start(EnumSet.allOf(RoleName.class))) {
            // The topics grow with the new epochs, after which a position does not lie beyond their ends any more.
            application.resetSinks(instance, ComparedSinks.NAMES);
            for (Source source : Source.values()) {
                application.resumed(instance, source);
            }
            application.write();
            application.awaitEqual(instance);
        }
    }
}
