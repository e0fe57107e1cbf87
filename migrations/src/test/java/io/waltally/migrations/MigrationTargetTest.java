package io.waltally.migrations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MigrationTargetTest {
    private static final String URL = "jdbc:postgresql://db.example:5432/s3_orchestrator";
    private static final MigrationTarget TARGET =
            MigrationTarget.of(Application.S3, URL, Credentials.of("admin", "hunter2"));

    @Test
    void theDefaultsAreTheStoresOwn() {
        assertThat(TARGET.publication()).isEqualTo("waltally_s3");
        assertThat(TARGET.pipeline()).isEqualTo(Credentials.of("waltally"));
        assertThat(TARGET.tables())
                .containsExactlyInAnyOrder(
                        "object_locations",
                        "backend_usage",
                        "backend_quotas",
                        "cleanup_queue",
                        "cleanup_dlq",
                        "multipart_uploads",
                        "multipart_parts",
                        "pending_objects");
        MigrationTarget sync = MigrationTarget.of(Application.SYNC, URL, Credentials.of("admin"));
        assertThat(sync.publication()).isEqualTo("waltally_sync");
        assertThat(sync.tables()).containsExactlyInAnyOrder("bsos", "user_collections", "collections");
    }

    @Test
    void noPasswordIsEverShown() {
        MigrationTarget target = TARGET.withPipeline(Credentials.of("waltally", "swordfish"));
        assertThat(target.toString()).contains("admin", "waltally_s3").doesNotContain("hunter2", "swordfish");
        assertThat(target.admin().toString()).isEqualTo("admin");
    }

    @Test
    void aPasswordInTheUrlIsRejectedWithoutBeingRepeated() {
        assertThatThrownBy(() ->
                        MigrationTarget.of(Application.S3, URL + "?ssl=true&Password=hunter2", Credentials.of("a")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sources.s3.url")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void anEmptyPasswordIsNone() {
        assertThat(Credentials.of("waltally", "").password()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Upper", "with space", "x\"; DROP TABLE bsos; --", "public.bsos", "1st"})
    void everyNameIsValidatedAndTheErrorNamesItsKey(String name) {
        assertThatThrownBy(() -> TARGET.withPublication(name)).hasMessageContaining("sources.s3.publication");
        assertThatThrownBy(() -> TARGET.withTables(List.of(name))).hasMessageContaining("sources.s3.tables");
        if (!name.isEmpty()) {
            assertThatThrownBy(() -> TARGET.withPipeline(Credentials.of(name))).hasMessageContaining("sources.s3.user");
        }
    }

    @Test
    void capturedTablesAreNeitherAbsentNorRepeated() {
        assertThatThrownBy(() -> TARGET.withTables(List.of())).hasMessageContaining("at least one");
        assertThatThrownBy(() -> TARGET.withTables(List.of("bsos", "bsos"))).hasMessageContaining("twice");
    }

    @Test
    void onlyPostgresqlIsATarget() {
        assertThatThrownBy(() -> MigrationTarget.of(Application.SYNC, "jdbc:mysql://x/y", Credentials.of("a")))
                .hasMessageContaining("sources.sync.url");
    }
}
