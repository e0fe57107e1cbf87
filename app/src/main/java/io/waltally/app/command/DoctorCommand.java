package io.waltally.app.command;

import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.HttpSettings;
import io.waltally.app.doctor.Doctor;
import io.waltally.app.doctor.DoctorReport;
import io.waltally.app.doctor.check.Finding;
import io.waltally.app.run.role.RoleName;
import io.waltally.app.tally.Json;
import io.waltally.schemas.Counted;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Checks what an instance needs. */
@Command(
        name = "doctor",
        header = "Check everything that 'run' needs, and say how to fix it; exit 1 if 'run' would fail.",
        description = {
            "Checks PostgreSQL, Kafka, the schema registry, sinks, webhook endpoints, state directory and HTTP port as 'run'"
                    + " does, and what may fail later. Changes nothing, and sends no webhook.",
            ""
        })
public final class DoctorCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Option(
            names = "--roles",
            paramLabel = "ROLE,...",
            defaultValue = "capture,streams,sinks,webhooks",
            converter = RunCommand.Roles.class,
            description = "Roles that 'run' is to have, for which only what they need is checked (default:"
                    + " ${DEFAULT-VALUE}).")
    private Set<RoleName> roles;

    @Option(names = "--json", description = "One JSON document on stdout.")
    private boolean json;

    @Option(
            names = "--http-port",
            paramLabel = "PORT",
            description = "Port of the HTTP API (default: 8080, or http.port of the configuration).")
    private Integer httpPort;

    @Override
    public Integer call() {
        common.applyVerbosity();
        Map<String, String> flags = new HashMap<>();
        if (httpPort != null) {
            flags.put(HttpSettings.PORT, httpPort.toString());
        }
        Configuration configuration = common.configuration(flags);
        DoctorReport report = new Doctor(configuration, roles).examine();
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.pretty(report));
        } else {
            report.findings().forEach(finding -> print(finding, out));
            out.println();
            out.println(summary(report));
        }
        out.flush();
        return report.healthy() ? 0 : 1;
    }

    private static void print(Finding finding, PrintWriter out) {
        out.printf("%-8s %s: %s%n", finding.severity().id(), finding.check(), finding.message());
        finding.remedy().ifPresent(remedy -> out.printf("%-8s -> %s%n", "", remedy));
    }

    private static String summary(DoctorReport report) {
        String counts = Counted.of(report.errors(), "error") + ", " + Counted.of(report.warnings(), "warning");
        return report.healthy() ? counts + ": 'waltally run' can start" : counts + ": 'waltally run' would fail";
    }
}
