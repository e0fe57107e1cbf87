package io.waltally.app.command.common;

import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;

/** Disables coloured output for {@code --no-color}, {@code NO_COLOR} and terminals without colours. */
public final class Colours {
    public static final String OPTION = "--no-color";

    private Colours() {}

    /** Chooses before the arguments are parsed, for the errors of parsing too. */
    public static void choose(CommandLine line, String[] args, boolean refused) {
        if (refused || Arrays.asList(args).contains(OPTION)) {
            line.setColorScheme(Help.defaultColorScheme(Ansi.OFF));
        }
    }
}
