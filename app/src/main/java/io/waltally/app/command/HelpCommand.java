package io.waltally.app.command;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows what {@code COMMAND --help} shows. */
@Command(name = "help", header = "Explain a command: 'help run', 'help bench capture'.")
public final class HelpCommand extends HelpOption implements Runnable {
    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "COMMAND",
            arity = "0..*",
            description = "The command, and its part if it has some; without it all commands are listed.")
    private List<String> path = List.of();

    @Override
    public void run() {
        CommandLine command = spec.root().commandLine();
        for (String name : path) {
            CommandLine below = command.getSubcommands().get(name);
            if (below == null) {
                throw new ParameterException(
                        spec.commandLine(),
                        "'" + command.getCommandSpec().qualifiedName() + "' has no command \"" + name + "\""
                                + (command.getSubcommands().isEmpty()
                                        ? ""
                                        : ": there are "
                                                + String.join(
                                                        ", ",
                                                        command.getSubcommands().keySet())));
            }
            command = below;
        }
        command.usage(spec.commandLine().getOut(), spec.commandLine().getColorScheme());
    }
}
