package io.waltally.app.command;

import io.waltally.app.command.common.HelpOption;
import java.io.PrintWriter;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints a completion script of the command line for a shell. */
@Command(
        name = "completion",
        header = "Print a completion script for bash, zsh or fish.",
        description = {
            "bash and zsh, in ~/.bashrc or ~/.zshrc:  source <(waltally completion bash)",
            "fish, in config.fish:                    waltally completion fish | source",
            ""
        })
public final class CompletionCommand extends HelpOption implements Runnable {
    /** Shells that a script can be made for. */
    enum Shell {
        bash,
        zsh,
        fish
    }

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "SHELL", description = "bash, zsh or fish.")
    private Shell shell;

    @Override
    public void run() {
        CommandLine root = spec.root().commandLine();
        PrintWriter out = spec.commandLine().getOut();
        out.println(
                switch (shell) {
                    // In zsh the script loads bash's completion first.
                    case bash, zsh -> AutoComplete.bash(root.getCommandName(), root);
                    case fish -> FishCompletion.of(root.getCommandSpec());
                });
        out.flush();
    }
}
