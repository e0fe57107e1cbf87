package io.waltally.connectors.capture.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.connectors.capture.debezium.CaptureEngine;
import io.waltally.schemas.Source;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class CaptureConfigTest {
    private static final DatabaseLogin LOGIN =
            new DatabaseLogin("jdbc:postgresql://db.example:5433/store", "waltally", Optional.of("hunter2"));

    @Test
    void theEngineGetsTheAddressOfTheDatabaseAndTheTables() {
        Properties properties = CaptureEngine.properties(CaptureConfig.of(Source.SYNC, LOGIN));
        assertThat(properties)
                .containsEntry("database.hostname", "db.example")
                .containsEntry("database.port", "5433")
                .containsEntry("database.dbname", "store")
                .containsEntry("database.password", "hunter2")
                .containsEntry("slot.name", "waltally_sync")
                .containsEntry("snapshot.mode", "no_data")
                .containsEntry(
                        "table.include.list",
                        "public\\.\\Qcollections\\E,public\\.\\Quser_collections\\E,public\\.\\Qbsos\\E");
    }

    /** Debezium makes a URL of its own. */
    @Test
    void theParametersOfTheUrlReachTheEngine() {
        DatabaseLogin secured = new DatabaseLogin(
                "jdbc:postgresql://db.example/store?sslmode=verify-full&sslrootcert=/etc/ca.crt&sslcert=/etc/c.crt"
                        + "&sslkey=/etc/c.pk8&ApplicationName=other",
                "waltally",
                Optional.empty());
        assertThat(CaptureEngine.properties(CaptureConfig.of(Source.SYNC, secured)))
                .containsEntry("driver.sslmode", "verify-full")
                .containsEntry("driver.sslrootcert", "/etc/ca.crt")
                .containsEntry("driver.sslcert", "/etc/c.crt")
                .containsEntry("driver.sslkey", "/etc/c.pk8")
                .containsEntry("driver.options", SessionSettings.options())
                .containsEntry("database.hostname", "db.example")
                .doesNotContainKeys("driver.PGHOST", "driver.PGPORT", "driver.PGDBNAME");
    }

    @Test
    void thePasswordIsInNoText() {
        assertThat(CaptureConfig.of(Source.SYNC, LOGIN).toString())
                .contains("waltally@db.example:5433/store")
                .doesNotContain("hunter2");
    }

    @Test
    void credentialsInTheUrlAreRefused() {
        assertThatThrownBy(() -> new DatabaseLogin(
                        "jdbc:postgresql://h/d?user=u&password=hunter2", "waltally", Optional.empty()))
                .hasMessageContaining("credentials")
                .message()
                .doesNotContain("hunter2");
    }

    @Test
    void anErrorNamesKeyValueAndRule() {
        CaptureConfig valid = CaptureConfig.of(Source.S3, LOGIN);
        assertThatThrownBy(() -> valid.withSlot("Slot-1"))
                .hasMessage("slot is Slot-1: must be 1 to 63 lower-case letters, digits and underscores");
        assertThatThrownBy(() -> valid.withTables(List.of())).hasMessage("tables is []: must name at least one table");
    }
}
