package io.waltally.app.dataloss;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.run.Instance;
import io.waltally.app.run.role.RoleName;
import io.waltally.schemas.Source;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The runbooks of docs/operations.md for a database that lacks what was captured: it was restored, or a standby was promoted.
 * After the printed commands every tally equals SQL, and every table of a sink.
 */
@Tag("runbook")
class RestoredDatabaseIT {
    @TempDir
    private Path directory;

    private DataLossFixture application;

    @BeforeEach
    void startApplication() throws Exception {
        application = DataLossFixture.withSinks(directory, Map.of());
    }

    @AfterEach
    void closeServers() {
        application.close();
    }

    @Test
    void aDatabaseThatWasRestoredWhileItIsCaptured() throws Exception {
        application.servers().backUpPostgres();
        try (Instance instance = application.start(EnumSet.allOf(RoleName.class))) {
            application.write();
            application.awaitEqual(instance);
            // When
            application.servers().restorePostgres();
            // Then
            for (Source source : Source.values()) {
                assertThat(application.resumed(instance, source)).contains("has another history than Kafka");
            }
            application.awaitEqual(instance);
            application.write();
            application.awaitEqual(instance);
        }
    }

    @Test
    void aStandbyThatWasPromotedWithoutTheLastTransactions() throws Exception {
        application.servers().startStandby();
        String url = application.servers().standbyUrl("s3_orchestrator");
        assertThat(application.failed(Map.of("sources.s3.url", url), "migrate --source s3"))
                .contains("(sources.s3.url) is a read replica: set it to the address of its primary");
        try (Instance instance = application.start(EnumSet.allOf(RoleName.class))) {
            application.write();
            application.awaitEqual(instance);
            application.servers().stopStandby();
            application.write();
            application.awaitEqual(instance);
            // When
            application.servers().promoteStandby();
        }
        // Then
        for (Source source : Source.values()) {
            assertThat(application.waltally(Map.of(), "migrate --source " + source + " --dry-run"))
                    .contains("-- nothing");
        }
        try (Instance instance = application.start(EnumSet.allOf(RoleName.class))) {
            for (Source source : Source.values()) {
                assertThat(application.resumed(instance, source)).contains("timeline 2, not 1");
            }
            application.awaitEqual(instance);
            application.write();
            application.awaitEqual(instance);
        }
    }
}
