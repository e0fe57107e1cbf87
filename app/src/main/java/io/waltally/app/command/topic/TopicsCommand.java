package io.waltally.app.command.topic;

import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.run.StopSignal;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Parent of the commands for topics. Without one of them it describes the topics. */
@Command(
        name = "topics",
        header = "Create topics, compare them with the configuration, alter them, or read one.",
        synopsisSubcommandLabel = "[create|describe|alter|read]",
        description = {
            "Without a subcommand: describe. 'run' creates missing topics as well; only 'alter' changes existing ones.",
            ""
        })
public final class TopicsCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    private TopicsCommand() {}

    public static CommandLine withActions(StopSignal stop) {
        return new CommandLine(new TopicsCommand())
                .addSubcommand(new TopicsCreateCommand())
                .addSubcommand(new TopicsDescribeCommand())
                .addSubcommand(new TopicsAlterCommand())
                .addSubcommand(new TopicsReadCommand(stop));
    }

    @Override
    public Integer call() {
        common.applyVerbosity();
        return TopicsDescribeCommand.describe(
                new TopicsClient(common.configuration(Map.of())),
                List.of(),
                false,
                spec.commandLine().getOut());
    }
}
