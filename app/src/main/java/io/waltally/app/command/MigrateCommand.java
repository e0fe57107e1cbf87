package io.waltally.app.command;

import io.waltally.app.audit.AuditLog;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.run.Migrations;
import io.waltally.migrations.MigrationException;
import io.waltally.migrations.MigrationReport;
import io.waltally.schemas.Source;
import java.io.PrintWriter;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
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

    @Override
    public Integer call() {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        if (sources.size() == 1
                && !configuration.sources().containsKey(sources.iterator().next())) {
            throw new ParameterException(
                    spec.commandLine(),
                    "source " + sources.iterator().next() + " is off: the configuration gives sources without it");
        }
        ActingOn.announce(
                spec,
                configuration.sources().values().stream()
                        .filter(source -> sources.contains(source.source()))
                        .map(ActingOn::postgres)
                        .toList());
        PrintWriter out = spec.commandLine().getOut();
        boolean failed = false;
        for (SourceSettings source : configuration.sources().values()) {
            if (!sources.contains(source.source())) {
                continue;
            }
            try {
                MigrationReport report = AuditLog.call(
                        "migrate", source.source().id(), () -> Migrations.migrate(source, configuration.sinks()));
                out.println(report.summary());
                report.notes().forEach(note -> out.println("  note: " + note));
            } catch (MigrationException e) {
                // A failure of one database does not affect the other.
                spec.commandLine().getErr().println("waltally: " + source.source() + ": " + e.getMessage());
                failed = true;
            }
            out.flush();
        }
        return failed ? 1 : 0;
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
