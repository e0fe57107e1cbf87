package io.waltally.app.command;

import io.waltally.app.command.common.HelpOption;
import io.waltally.app.config.reading.Suggestions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows what {@code COMMAND --help} shows. */
@Command(name = "help", header = "Explain a command: 'help run', 'help bench capture'.")
final class HelpCommand extends HelpOption implements Runnable {
    @Spec
    private CommandSpec spec;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "COMMAND",
            description = "The command; without it all commands are listed.")
    private String command = "";

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "PART", description = "Its subcommand, if it has some.")
    private List<String> parts = List.of();

    /** Lets shells complete the names of the commands that there are. */
    static void completeCommands(CommandLine root) {
        CommandSpec help = root.getSubcommands().get("help").getCommandSpec();
        complete(help, 0, root.getSubcommands().keySet());
        complete(
                help,
                1,
                root.getSubcommands().values().stream()
                        .flatMap(command -> command.getSubcommands().keySet().stream())
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    private static void complete(CommandSpec help, int index, Set<String> names) {
        PositionalParamSpec parameter = help.positionalParameters().stream()
                .filter(candidate -> candidate.index().min() == index)
                .findFirst()
                .orElseThrow();
        help.remove(parameter);
        help.addPositional(PositionalParamSpec.builder(parameter)
                .completionCandidates(names)
                .build());
    }

    @Override
    public void run() {
        CommandLine explained = spec.root().commandLine();
        List<String> path = new ArrayList<>(parts);
        if (!command.isEmpty()) {
            path.add(0, command);
        }
        for (String name : path) {
            CommandLine below = explained.getSubcommands().get(name);
            if (below == null) {
                throw new ParameterException(
                        spec.commandLine(),
                        "'" + explained.getCommandSpec().qualifiedName() + "' has no command \"" + name + "\""
                                + (explained.getSubcommands().isEmpty()
                                        ? ""
                                        : "; "
                                                + Suggestions.hint(
                                                        name,
                                                        explained
                                                                .getSubcommands()
                                                                .keySet())));
            }
            explained = below;
        }
        explained.usage(spec.commandLine().getOut(), spec.commandLine().getColorScheme());
    }
}
