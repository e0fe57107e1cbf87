package io.waltally.app.command;

import io.waltally.app.command.common.ChoiceConverter;
import io.waltally.app.command.common.Colours;
import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.NumberConverters;
import io.waltally.app.command.common.TerminalText;
import io.waltally.app.command.common.UnansweredFailure;
import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.failure.Explanation;
import io.waltally.app.http.server.ListenException;
import io.waltally.app.run.StartException;
import io.waltally.migrations.MigrationException;
import io.waltally.schemas.topic.TopicContradictionException;
import io.waltally.schemas.topic.TopicRefusedException;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The top-level command. Turns failures of all commands into an error line and an exit code. */
@Command(
        name = "waltally",
        versionProvider = WaltallyCommand.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        header = "Streams the changes of two PostgreSQL metadata stores into Kafka and keeps exact tallies of them.",
        description = {
            "",
            "See it work on embedded servers:        waltally demo",
            "Servers of your own to play with:       waltally infra   (then migrate and run in another shell)",
            "Against the systems of waltally.yml:    waltally migrate && waltally run",
            ""
        },
        footer = {"", "'waltally help COMMAND' explains a command. Exit codes: 0 done, 1 failed, 2 wrong usage."})
public final class WaltallyCommand implements Runnable {
    private static final int FAILED = 1;
    private static final int WRONG_USAGE = 2;

    /** Exceptions whose message is all that a user needs. */
    private static final Set<Class<? extends RuntimeException>> EXPLAINED = Set.of(
            CommandFailure.class,
            UnansweredFailure.class,
            ListenException.class,
            StartException.class,
            TopicContradictionException.class,
            TopicRefusedException.class,
            MigrationException.class,
            ConfigException.class);

    @Spec
    private CommandSpec spec;

    @Mixin
    @SuppressWarnings("UnusedVariable") // the commands find it
    private CommonOptions common;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean version;

    @Option(
            names = Colours.OPTION,
            scope = ScopeType.INHERIT,
            description = "No colours, as with NO_COLOR in the environment.")
    @SuppressWarnings("UnusedVariable") // Colours acts on it, before anything is parsed
    private boolean noColours;

    private WaltallyCommand() {}

    /** @param commands beside {@code help} */
    public static CommandLine withSubcommands(Object... commands) {
        CommandLine line = new CommandLine(new WaltallyCommand());
        Arrays.stream(commands).forEach(line::addSubcommand);
        line.addSubcommand(new HelpCommand());
        HelpCommand.completeCommands(line);
        NumberConverters.register(line);
        ChoiceConverter.register(line);
        line.setUsageHelpAutoWidth(true);
        line.setParameterExceptionHandler(WaltallyCommand::wrongUsage);
        line.setExecutionExceptionHandler((failure, command, parsed) -> failed(failure, command));
        return line;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    private static int wrongUsage(ParameterException e, String[] args) {
        CommandLine command = e.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("waltally: " + TerminalText.of(e.getMessage()));
        CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
        err.println("'" + command.getCommandSpec().qualifiedName() + " --help' shows what there is.");
        return WRONG_USAGE;
    }

    private static int failed(Exception failure, CommandLine command) {
        command.getErr().println("waltally: " + TerminalText.ofLines(message(failure, command)));
        if (verbose(command)) {
            failure.printStackTrace(command.getErr());
        }
        boolean wrongUsage = failure instanceof ConfigException
                || (failure instanceof CommandFailure refused && refused.isWrongUsage());
        return wrongUsage ? WRONG_USAGE : FAILED;
    }

    private static String message(Exception failure, CommandLine command) {
        if (EXPLAINED.contains(failure.getClass())) {
            return failure.getMessage();
        }
        return Explanation.of(
                        failure, CommonOptions.of(command.getCommandSpec()).flatMap(CommonOptions::lastLoaded))
                .orElse(failure + " (unexpected; -v shows where)");
    }

    private static boolean verbose(CommandLine command) {
        return CommonOptions.of(command.getCommandSpec())
                .filter(CommonOptions::verbose)
                .isPresent();
    }

    /** The version from the jar's manifest. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = WaltallyCommand.class.getPackage().getImplementationVersion();
            return new String[] {"waltally " + (version == null ? "(not packaged)" : version)};
        }
    }
}
