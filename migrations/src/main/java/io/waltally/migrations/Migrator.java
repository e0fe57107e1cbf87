package io.waltally.migrations;

import io.waltally.migrations.MigrationReport.Found;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationState;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.core.api.output.MigrateResult;
import org.flywaydb.database.postgresql.PostgreSQLConfigurationExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Prepares one database for waltally. Idempotent, and safe to run at any time and by several processes at once. */
public final class Migrator {
    private static final Logger LOG = LoggerFactory.getLogger(Migrator.class);

    private static final String OWN_SCHEMA = "waltally";
    private static final String OWN_HISTORY = "flyway_schema_history";
    private static final String OWN_LOCATION = "classpath:db/waltally";

    /** "waltally" in ASCII: key of the lock that allows one migration of a database at a time. */
    private static final long LOCK = 0x77616c7461_6c6c79L;

    private static final Duration LOCK_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration LOCK_POLL = Duration.ofMillis(100);

    /**
     * Migrates the application's schema if it does not exist or was created by an earlier run; then waltally's schema,
     * publication, role and grants. If the application created its schema itself, only waltally's part is done.
     *
     * <p>The role is created with REPLICATION, which needs a superuser (from PostgreSQL 16 a role with CREATEROLE and
     * REPLICATION suffices). If the administrator may not do that, the error contains the statement to run.
     *
     * @throws MigrationException if the server is unreachable, if a captured table is missing or cannot be captured
     *     without harm to the application, if a privilege is missing, or if a migration fails
     */
    public MigrationReport migrate(MigrationTarget target) {
        try (Database database = Database.connect(target)) {
            lock(database, target);
            // The lock ends with the connection.
            MigrationReport report = migrate(database, target);
            LOG.info(report.headline());
            report.changes()
                    .forEach(change -> LOG.debug("{}: {}", target.application().sourceName(), change));
            report.notes()
                    .forEach(note -> LOG.info("{}: {}", target.application().sourceName(), note));
            return report;
        } catch (SQLException | FlywayException e) {
            throw new MigrationException("migrating %s failed: %s".formatted(target.address(), e.getMessage()), e);
        }
    }

    /**
     * Finds out what {@link #migrate} would execute: does it in one transaction, which is rolled back. Tables are
     * locked as by a migration, for a moment.
     *
     * @throws MigrationException if the server is unreachable
     */
    public MigrationPlan plan(MigrationTarget target) {
        try (Database database = Database.connectForDryRun(target)) {
            try {
                lock(database, target);
                MigrationReport report = migrate(database, target);
                return new MigrationPlan(database.recorded(), report.notes(), Optional.empty());
            } catch (SQLException | FlywayException | MigrationException e) {
                return new MigrationPlan(database.recorded(), List.of(), Optional.of(String.valueOf(e.getMessage())));
            }
        } catch (SQLException e) {
            throw new MigrationException("planning %s failed: %s".formatted(target.address(), e.getMessage()), e);
        }
    }

    /** The tables of schema {@code waltally} that belong to the migrations. */
    static List<String> historyTables() {
        return Stream.concat(
                        Stream.of(OWN_HISTORY),
                        Arrays.stream(Application.values())
                                .flatMap(application ->
                                        Stream.of(application.historyTable(), application.sinksHistoryTable())))
                .toList();
    }

    private MigrationReport migrate(Database database, MigrationTarget configured) throws SQLException {
        requirePrimary(database, configured);
        Found found = inspect(database, configured);
        List<String> changes = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        if (found == Found.APPLICATION_SCHEMA) {
            // Before anything is made there.
            requireCapturable(database, withoutMissing(database, configured));
        }
        Application application = configured.application();
        run(database, configured, OWN_LOCATION, OWN_HISTORY, "schema " + OWN_SCHEMA, changes);
        run(
                database,
                configured,
                application.sinksLocation(),
                application.sinksHistoryTable(),
                "the tables of sinks",
                changes);
        if (found != Found.APPLICATION_SCHEMA) {
            run(
                    database,
                    configured,
                    application.location(),
                    application.historyTable(),
                    "the application's schema",
                    changes);
            application
                    .applicationHistory()
                    .add(database, applicationVersions(database, application, "success"), changes);
        }
        MigrationTarget target = withoutMissing(database, configured);
        requireCapturable(database, target);
        List<String> missing = Publication.without(configured.tables(), target.tables());
        if (!missing.isEmpty()) {
            notes.add(("the application's schema does not have %s, so nothing of that is captured; once the application"
                            + " has made it, run waltally migrate again")
                    .formatted(String.join(", ", missing)));
        }
        PipelineRole role = new PipelineRole(database, target);
        SinkGrants sinks = new SinkGrants(database, target);
        Publication publication = new Publication(database, target);
        role.ensureExists(changes, notes);
        sinks.ensureRoleExists(changes, notes);
        List<String> tables = target.tables();
        database.inTransaction(() -> {
            List<String> noLongerCaptured = Publication.without(publication.tables(), tables);
            publication.reconcile(changes);
            role.reconcileGrants(noLongerCaptured, changes);
            sinks.reconcile(changes, notes);
        });
        role.bypassRowSecurity(changes);
        role.reportExcess(sinks.tablesOfPipelineRole(), notes);
        if (!database.test("SELECT current_setting('wal_level') = 'logical'")) {
            notes.add("wal_level is not logical, so nothing can be captured yet;"
                    + " ALTER SYSTEM SET wal_level = 'logical' and restart the server");
        }
        return new MigrationReport(target.application(), found, changes, notes);
    }

    private static void requirePrimary(Database database, MigrationTarget target) throws SQLException {
        if (database.test("SELECT pg_is_in_recovery()")) {
            throw new MigrationException("%s (%s) is a read replica: set it to the address of its primary"
                    .formatted(target.address(), target.key("url")));
        }
    }

    /** The target without tables that earlier or later versions of the application do not have. */
    private static MigrationTarget withoutMissing(Database database, MigrationTarget target) throws SQLException {
        List<String> present = tablesAmong(database, target.tables());
        List<String> missing = target.application().laterTables().stream()
                .filter(table -> target.tables().contains(table) && !present.contains(table))
                .toList();
        return target.withTables(Publication.without(target.tables(), missing));
    }

    private static List<String> tablesAmong(Database database, List<String> names) throws SQLException {
        return database.strings("""
                SELECT relname FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname = ANY (?)
                """, names);
    }

    /**
     * The first tables and their row in our history are committed together, so tables without that row are not ours.
     */
    private static Found inspect(Database database, MigrationTarget target) throws SQLException {
        Application application = target.application();
        String history = OWN_SCHEMA + "." + application.historyTable();
        if (database.test("SELECT to_regclass(?) IS NOT NULL", history)
                && database.test("SELECT true FROM " + history + " WHERE type = 'SQL' AND success")) {
            boolean goneOn = application
                    .applicationHistory()
                    .hasVersionsOtherThan(database, applicationVersions(database, application, "true"));
            return goneOn ? Found.APPLICATION_SCHEMA : Found.WALTALLY_SCHEMA;
        }
        if (!tablesAmong(database, application.traces()).isEmpty()) {
            return Found.APPLICATION_SCHEMA;
        }
        requireNotElsewhere(database, target);
        return Found.NO_SCHEMA;
    }

    /**
     * A second set of the application's tables would be captured and stay empty. Ours has tables of sinks by their
     * names.
     */
    private static void requireNotElsewhere(Database database, MigrationTarget target) throws SQLException {
        List<String> schemas =
                database.strings("""
                SELECT DISTINCT quote_ident(nspname)
                FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
                WHERE relkind IN ('r', 'p') AND relname = ANY (?) AND nspname !~ '^(pg_|information_schema$|%s$)'
                ORDER BY 1
                """.formatted(OWN_SCHEMA), target.application().tables());
        if (!schemas.isEmpty()) {
            throw new MigrationException(
                    ("in %s the application's tables are in schema %s, and waltally captures those of"
                                    + " schema public. Move them (ALTER TABLE ... SET SCHEMA public) and let the application's"
                                    + " search_path name public, or set %s to another database")
                            .formatted(target.address(), String.join(", ", schemas), target.key("url")));
        }
    }

    private static List<String> applicationVersions(Database database, Application application, String condition)
            throws SQLException {
        return application.applicationVersions(
                database.strings("SELECT version FROM %s.%s WHERE type = 'SQL' AND %s ORDER BY installed_rank"
                        .formatted(OWN_SCHEMA, application.historyTable(), condition)));
    }

    /**
     * Every captured table must exist, and have a primary key (the key of its topic) and a replica identity: without
     * one, publishing the table would make the application's updates and deletes fail.
     */
    private static void requireCapturable(Database database, MigrationTarget target) throws SQLException {
        for (String table : target.tables()) {
            List<String> faults = database.strings("""
                    SELECT CASE
                        WHEN NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)
                            THEN 'has no primary key'
                        WHEN c.relreplident = 'n'
                             OR c.relreplident = 'i'
                             AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisreplident)
                            THEN 'has no replica identity, so publishing it would break its updates and deletes'
                        ELSE '' END
                    FROM pg_class c
                    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname = ?
                    """, table);
            String fault = faults.isEmpty()
                    ? "does not exist (the application's schema may be older than the table)"
                    : faults.get(0);
            if (!fault.isEmpty()) {
                throw new MigrationException(
                        "%s names %s, but in %s the table public.%s %s. Fix the table, or remove it from the setting"
                                .formatted(target.key("tables"), table, target.address(), table, fault));
            }
        }
    }

    /**
     * Polls for the lock instead of waiting in the server: a waiting statement holds a snapshot, and the holder of the
     * lock may be building an index concurrently, which waits for all snapshots.
     */
    private static void lock(Database database, MigrationTarget target) throws SQLException {
        long deadline = System.nanoTime() + LOCK_TIMEOUT.toNanos();
        while (!database.test("SELECT pg_try_advisory_lock(?)", LOCK)) {
            if (System.nanoTime() - deadline > 0 || Thread.currentThread().isInterrupted()) {
                throw new MigrationException("another migration of %s is still running (advisory lock %d)"
                        .formatted(target.address(), LOCK));
            }
            LockSupport.parkNanos(LOCK_POLL.toNanos());
        }
    }

    private static void run(
            Database database,
            MigrationTarget target,
            String location,
            String history,
            String what,
            List<String> changes) {
        FluentConfiguration configuration = Flyway.configure(Migrator.class.getClassLoader());
        database.dataSource()
                .ifPresentOrElse(
                        configuration::dataSource,
                        () -> configuration
                                .dataSource(
                                        target.url(),
                                        target.admin().user(),
                                        target.admin().password().orElse(null))
                                .jdbcProperties(Map.of("options", Database.SESSION_SETTINGS))
                                .callbacks(new DisableTransactionTimeout()));
        configuration
                .schemas(OWN_SCHEMA)
                .table(history)
                .locations(location)
                // Both histories share a schema, so the second one finds it not empty; its baseline is still zero.
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .placeholderReplacement(false);
        // A transactional lock holds a snapshot, for which CREATE INDEX CONCURRENTLY would wait for ever.
        configuration
                .getConfigurationExtension(PostgreSQLConfigurationExtension.class)
                .setTransactionalLock(false);
        Flyway flyway = configuration.load();
        if (Arrays.stream(flyway.info().all()).anyMatch(each -> each.getState() == MigrationState.FAILED)) {
            // Only statements outside a transaction leave a trace when they fail; these can be repeated.
            flyway.repair();
        }
        MigrateResult result = flyway.migrate();
        if (result.migrationsExecuted > 0) {
            changes.add("migrated %s to version %s (%s)"
                    .formatted(
                            what,
                            result.migrations.get(result.migrations.size() - 1).version,
                            result.migrationsExecuted == 1
                                    ? "one migration"
                                    : result.migrationsExecuted + " migrations"));
        }
    }
}
