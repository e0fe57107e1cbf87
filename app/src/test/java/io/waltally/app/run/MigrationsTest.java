package io.waltally.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.migrations.Application;
import io.waltally.schemas.Source;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MigrationsTest {
    /** The module of migrations depends on no other, so it has lists of its own. */
    @ParameterizedTest
    @EnumSource(Source.class)
    void migrationsAndCaptureKnowTheSameTables(Source source) {
        Application store = Application.valueOf(source.name());
        assertThat(store.sourceName()).isEqualTo(source.id());
        assertThat(store.capturedTables()).containsExactlyInAnyOrderElementsOf(source.defaultTables());
        assertThat(store.laterTables()).containsExactlyInAnyOrderElementsOf(source.laterTables());
    }
}
