package io.waltally.app.command;

import io.waltally.app.audit.AuditLog;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.SourceConverter;
import io.waltally.app.command.common.TargetSystems;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.SinkSettings;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.run.Migrations;
import io.waltally.app.status.Limitation;
import io.waltally.app.status.SourceConnections;
import io.waltally.migrations.MigrationException;
import io.waltally.migrations.MigrationPlan;
import io.waltally.migrations.MigrationReport;
import io.waltally.schemas.Source;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Prepares the databases. */
@Command(
        name = "migrate",
        header = "Prepare the databases: schema, publication, role.",
        description = {
            "Creates the application's schema if the database is empty, and waltally's own part (schema waltally,"
                    + " publication, least-privilege role and its grants) in any case. In a database that the"
                    + " application migrated itself, nothing of the application's is changed. Can be run at any time.",
            ""
        })
public final class MigrateCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Option(
            names = "--source",
            paramLabel = "s3|sync|all",
            defaultValue = "all",
            converter = Sources.class,
            description = "Which database (default: ${DEFAULT-VALUE} that are configured).")
    private Set<Source> sources;

    @Option(
            names = "--dry-run",
            description = "Print the SQL that would be executed, with passwords masked, and change nothing.")
    private boolean dryRun;

    @Override
    public Integer call() {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        if (sources.size() == 1) {
            SourceConverter.requireOn(configuration, sources.iterator().next());
        }
        if (!dryRun) {
            TargetSystems.announce(
                    spec,
                    configuration.sources().values().stream()
                            .filter(source -> sources.contains(source.source()))
                            .map(TargetSystems::postgres)
                            .toList());
        }
        PrintWriter out = spec.commandLine().getOut();
        boolean failed = false;
        for (SourceSettings source : configuration.sources().values()) {
            if (!sources.contains(source.source())) {
                continue;
            }
            try {
                if (dryRun) {
                    failed |= !plan(source, configuration.sinks(), out);
                } else {
                    migrate(source, configuration.sinks(), out);
                }
            } catch (MigrationException e) {
                // A failure of one database does not affect the other.
                spec.commandLine().getErr().println("waltally: " + source.source() + ": " + e.getMessage());
                failed = true;
            }
            out.flush();
        }
        return failed ? 1 : 0;
    }

    private static void migrate(SourceSettings source, SinkSettings sinks, PrintWriter out) {
        MigrationReport report =
                AuditLog.call("migrate", source.source().id(), () -> Migrations.migrate(source, sinks));
        report.lines().forEach(out::println);
        report.notes().forEach(note -> out.println("  note: " + note));
        limitations(source).forEach(limitation -> out.println("  note: " + limitation));
    }

    private static List<Limitation> limitations(SourceSettings source) {
        try (Connection connection = SourceConnections.open(source, source.admin())) {
            return Limitation.read(connection, source);
        } catch (SQLException e) {
            throw new MigrationException("after the migration: " + e.getMessage(), e);
        }
    }

    /** Prints a script, whose notes are comments. Returns whether the migration would succeed. */
    private static boolean plan(SourceSettings source, SinkSettings sinks, PrintWriter out) {
        MigrationPlan plan = Migrations.plan(source, sinks);
        out.println("-- " + source.source() + ": what 'waltally migrate' would execute in " + source.address() + " as "
                + source.admin().user());
        plan.statements().forEach(statement -> out.println(statement + ";"));
        if (plan.statements().isEmpty()) {
            out.println("-- nothing");
        }
        plan.notes().forEach(note -> out.println("-- note: " + note));
        plan.failure().ifPresent(failure -> out.println("-- it would fail here: " + failure.replace("\n", "\n-- ")));
        return plan.failure().isEmpty();
    }

    static final class Sources implements ITypeConverter<Set<Source>> {
        @Override
        public Set<Source> convert(String text) {
            if (text.equals("all")) {
                return EnumSet.allOf(Source.class);
            }
            try {
                return EnumSet.of(Source.of(text));
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException("\"" + text + "\": must be s3, sync or all");
            }
        }
    }
}
