package io.waltally.app.command.common;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Refuses options that have a meaning only beside another one, which would otherwise be ignored in silence. */
public final class DependentOption {
    private DependentOption() {}

    /** @throws ParameterException if the option was given without the other one */
    public static void require(CommandSpec command, String option, String needed) {
        if (isGiven(command, option) && !isGiven(command, needed)) {
            throw new ParameterException(
                    command.commandLine(), option + " has no effect without " + needed + ": give both or neither");
        }
    }

    private static boolean isGiven(CommandSpec command, String option) {
        return command.commandLine().getParseResult().hasMatchedOption(option);
    }
}
