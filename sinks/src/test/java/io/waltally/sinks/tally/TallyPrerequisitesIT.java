package io.waltally.sinks.tally;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.embedded.HostileSettings;
import io.waltally.migrations.Application;
import io.waltally.migrations.Credentials;
import io.waltally.migrations.Migrator;
import io.waltally.migrations.SinkAccess;
import io.waltally.migrations.SinkPrivilege;
import io.waltally.sinks.target.TargetException;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Checks the messages about a database that lacks what a sink needs. */
@ExtendWith(TallyDatabase.Extension.class)
class TallyPrerequisitesIT {
    private TallyDatabase database;

    @BeforeEach
    void migrate(TallyDatabase.Server server) throws SQLException {
        database = server.create(Application.S3).migrated();
    }

    private void assertRefused(TallyMode mode, String message) {
        try (BackendQuotaTarget target =
                new BackendQuotaTarget("quotas", database.sessions("quotas"), mode, TallyTopic.TOPICS)) {
            assertThatThrownBy(() -> new TallyTopic<>(TallyTopic.TOPICS.backendQuotas()).claim(target))
                    .isInstanceOfSatisfying(
                            TargetException.class,
                            e -> assertThat(e.kind()).isEqualTo(TargetException.Kind.MISCONFIGURED))
                    .hasMessage(database.login().address() + ": " + message);
        }
    }

    private void assertAccepted(TallyMode mode) {
        try (BackendQuotaTarget target =
                new BackendQuotaTarget("quotas", database.sessions("quotas"), mode, TallyTopic.TOPICS)) {
            new TallyTopic<>(TallyTopic.TOPICS.backendQuotas()).claim(target);
            target.maintain();
        }
    }

    @Test
    void aDatabaseThatAnEarlierReleaseMigratedHasToBeMigrated() throws SQLException {
        for (String table : new String[] {"backend_quota_drift_since", "backend_quotas", "sink_positions"}) {
            database.execute("DROP TABLE waltally." + table + " CASCADE");
            assertRefused(TallyMode.SHADOW, "waltally." + table + " does not exist: run waltally migrate");
        }
        database.execute("DROP SCHEMA waltally CASCADE");
        assertRefused(TallyMode.SHADOW, "waltally.sinks does not exist: run waltally migrate");
        database.migrated();
        assertAccepted(TallyMode.AUTHORITATIVE);
    }

    @Test
    void settingsThatSessionsInheritDoNotMatter() throws SQLException {
        List<String> known = database.query("SELECT lower(name) FROM pg_settings");
        for (Map.Entry<String, String> setting : HostileSettings.values().entrySet()) {
            if (known.contains(setting.getKey())) {
                String set = " SET " + setting.getKey() + " = '" + setting.getValue() + "'";
                database.execute("ALTER ROLE waltally_sink IN DATABASE "
                        + database.query("SELECT current_database()").get(0) + set);
            }
        }
        assertAccepted(TallyMode.SHADOW);
        assertAccepted(TallyMode.AUTHORITATIVE);
    }

    @Test
    void missingPrivilegesAreNamedWithTheStatementThatGrantsThem() throws SQLException {
        database.execute("REVOKE UPDATE (orphan_bytes) ON backend_quotas FROM waltally_sink");
        assertRefused(
                TallyMode.AUTHORITATIVE,
                "role waltally_sink may not update orphan_bytes of public.backend_quotas: run waltally migrate, or"
                        + " GRANT UPDATE (bytes_used, orphan_bytes, updated_at) ON public.backend_quotas TO"
                        + " \"waltally_sink\"");
        assertAccepted(TallyMode.SHADOW);
        database.execute("REVOKE SELECT ON backend_quotas FROM waltally_sink");
        assertRefused(
                TallyMode.SHADOW,
                "role waltally_sink may not read public.backend_quotas: run waltally migrate, or GRANT SELECT ON"
                        + " public.backend_quotas TO \"waltally_sink\"");
        database.execute("REVOKE INSERT ON waltally.backend_quotas FROM waltally_sink");
        assertRefused(
                TallyMode.SHADOW,
                "role waltally_sink may not read and write waltally.backend_quotas: run waltally migrate");
        database.migrated();
        assertAccepted(TallyMode.AUTHORITATIVE);
    }

    @Test
    void withThePrivilegesOfShadowModeASinkDoesNotBecomeAuthoritative() {
        new Migrator()
                .migrate(database.target()
                        .withSinks(new SinkAccess(
                                Credentials.of(TallyDatabase.SINK_ROLE), Set.of(SinkPrivilege.READ_QUOTAS))));
        assertAccepted(TallyMode.SHADOW);
        assertThatThrownBy(() -> assertAccepted(TallyMode.AUTHORITATIVE))
                .hasMessageContaining("role waltally_sink may not update bytes_used of public.backend_quotas");
    }

    @Test
    void anApplicationTableOfAnotherShapeIsNamedWithWhatDiffers() throws SQLException {
        database.execute("ALTER TABLE backend_quotas ALTER COLUMN bytes_used TYPE numeric");
        assertRefused(
                TallyMode.AUTHORITATIVE,
                "column bytes_used of public.backend_quotas is numeric instead of bigint: sink quotas cannot write it;"
                        + " set its mode to shadow");
        database.execute("ALTER TABLE backend_quotas DROP COLUMN bytes_used");
        assertRefused(
                TallyMode.AUTHORITATIVE,
                "public.backend_quotas has no column bytes_used: sink quotas cannot write it; set its mode to shadow");
        assertAccepted(TallyMode.SHADOW);
        database.execute("DROP TABLE backend_quotas CASCADE");
        assertRefused(TallyMode.SHADOW, "the application's table public.backend_quotas does not exist");
    }

    @Test
    void aTableOfOursOfAnotherShapeIsNamedWithWhatDiffers() throws SQLException {
        database.execute("ALTER TABLE waltally.backend_quotas ALTER COLUMN bytes_limit TYPE integer");
        assertRefused(
                TallyMode.SHADOW,
                "column bytes_limit of waltally.backend_quotas is integer instead of bigint: it is not the table"
                        + " that waltally migrate makes");
    }

    @Test
    void aTableThatACrashOfTheServerWouldEmptyIsRefused() throws SQLException {
        for (String table : new String[] {"sink_positions", "backend_quota_drift_since", "backend_quotas"}) {
            database.execute("ALTER TABLE waltally." + table + " SET UNLOGGED");
            assertRefused(
                    TallyMode.SHADOW,
                    "a crash of the server would empty unlogged tables: ALTER TABLE waltally." + table + " SET LOGGED");
            database.execute("ALTER TABLE waltally." + table + " SET LOGGED");
        }
        assertAccepted(TallyMode.SHADOW);
    }

    @Test
    void rowSecurityThatHidesRowsIsRefused() throws SQLException {
        database.execute("ALTER TABLE backend_quotas ENABLE ROW LEVEL SECURITY");
        assertRefused(
                TallyMode.SHADOW,
                "row security of public.backend_quotas hides rows from role waltally_sink: ALTER ROLE"
                        + " \"waltally_sink\" BYPASSRLS");
    }
}
