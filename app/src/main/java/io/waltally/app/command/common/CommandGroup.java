package io.waltally.app.command.common;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that has only subcommands. Invoked without one, it lists them. */
public abstract class CommandGroup implements Runnable {
    private final String choice;

    @Spec
    private CommandSpec spec;

    @Mixin
    @SuppressWarnings("UnusedVariable") // the commands find it
    private CommonOptions common;

    protected CommandGroup() {
        this("do");
    }

    /** @param choice the verb of the choice between subcommands, for the message */
    protected CommandGroup(String choice) {
        this.choice = choice;
    }

    /** Adds its subcommands. */
    public static CommandLine of(CommandGroup group, Object... subcommands) {
        CommandLine line = new CommandLine(group);
        for (Object subcommand : subcommands) {
            line.addSubcommand(subcommand);
        }
        return line;
    }

    @Override
    public void run() {
        List<String> names = List.copyOf(spec.subcommands().keySet());
        int last = names.size() - 1;
        String listed = last == 0 ? names.get(0) : String.join(", ", names.subList(0, last)) + " or " + names.get(last);
        throw new ParameterException(spec.commandLine(), "what to " + choice + " is missing: " + listed);
    }
}
