package io.waltally.app;

import io.waltally.app.command.CompletionCommand;
import io.waltally.app.command.DoctorCommand;
import io.waltally.app.command.MigrateCommand;
import io.waltally.app.command.ResumeCommand;
import io.waltally.app.command.RunCommand;
import io.waltally.app.command.SnapshotCommand;
import io.waltally.app.command.StatusCommand;
import io.waltally.app.command.WaltallyCommand;
import io.waltally.app.command.common.Colours;
import io.waltally.app.command.deadletter.DlqCommand;
import io.waltally.app.command.setting.ConfigCommand;
import io.waltally.app.command.setting.LoggersCommand;
import io.waltally.app.command.sink.SinksCommand;
import io.waltally.app.command.top.TopCommand;
import io.waltally.app.command.topic.TopicsCommand;
import io.waltally.app.command.webhook.EventCommand;
import io.waltally.app.command.webhook.WebhooksCommand;
import io.waltally.app.config.value.TerminalEnvironment;
import io.waltally.app.local.DevCommand;
import io.waltally.app.local.InfraCommand;
import io.waltally.app.local.bench.BenchCommand;
import io.waltally.app.local.demo.DemoCommand;
import io.waltally.app.run.ClassArchiveWriter;
import io.waltally.app.run.StopSignal;
import org.slf4j.bridge.SLF4JBridgeHandler;
import picocli.CommandLine;

/** Entry point of the command line. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        StopSignal stop = new StopSignal();
        int exitCode = execute(stop, args);
        stop.finished(exitCode);
        ClassArchiveWriter.write();
        System.exit(exitCode);
    }

    private static int execute(StopSignal stop, String[] args) {
        try {
            CommandLine line = commandLine(stop);
            Colours.choose(line, args, TerminalEnvironment.refusesColours());
            return line.execute(args);
        } catch (Throwable error) {
            // An Error, such as a missing class: without an exit, other threads would keep a useless process alive.
            error.printStackTrace();
            return 1;
        }
    }

    static CommandLine commandLine(StopSignal stop) {
        return WaltallyCommand.withSubcommands(
                new DemoCommand(stop),
                new InfraCommand(stop),
                new MigrateCommand(),
                new RunCommand(stop),
                new DevCommand(stop),
                ConfigCommand.withActions(),
                new StatusCommand(stop),
                new TopCommand(stop),
                new DoctorCommand(),
                TopicsCommand.withActions(stop),
                new SnapshotCommand(),
                new ResumeCommand(),
                DlqCommand.withActions(),
                SinksCommand.withActions(),
                EventCommand.withActions(),
                WebhooksCommand.withSides(stop),
                LoggersCommand.withActions(),
                BenchCommand.withMeasurements(stop),
                new CompletionCommand());
    }
}
