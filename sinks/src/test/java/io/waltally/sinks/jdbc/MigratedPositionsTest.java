package io.waltally.sinks.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.migrations.Migrator;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class MigratedPositionsTest {
    @Test
    void aMigrationMakesTheTablesThatSinksWouldMake() throws IOException {
        String migration;
        try (InputStream input = Migrator.class.getResourceAsStream("/db/waltally/V2__sinks.sql")) {
            migration = normalized(new String(input.readAllBytes(), StandardCharsets.UTF_8));
        }
        assertThat(SinkPositions.TABLES)
                .filteredOn(statement -> statement.contains("CREATE TABLE"))
                .hasSize(2)
                .allSatisfy(statement -> assertThat(migration).contains(normalized(statement) + ";"));
    }

    private static String normalized(String sql) {
        return sql.strip()
                .replaceAll("\\s+", " ")
                .replace("( ", "(")
                .replace(" )", ")")
                .toLowerCase(Locale.ROOT);
    }
}
