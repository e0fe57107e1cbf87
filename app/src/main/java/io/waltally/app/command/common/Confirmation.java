package io.waltally.app.command.common;

import java.io.Console;
import java.util.Optional;

/** Asks for confirmation at a terminal; a script has given its answer as an option. */
public final class Confirmation {
    private Confirmation() {}

    /**
     * @param consequence a sentence that says what will happen
     * @param word what has to be typed
     * @throws CommandFailure if something else was typed
     */
    public static void require(String consequence, String word) {
        Optional<Console> terminal = terminal();
        if (terminal.isEmpty()) {
            return;
        }
        String answer = terminal.get().readLine("%s%nType \"%s\" to do it: ", consequence, word);
        if (answer == null || !answer.strip().equals(word)) {
            throw new CommandFailure("nothing was done");
        }
    }

    /**
     * As {@link #require}, for a command whose options alone are no answer.
     *
     * @param given whether {@code --yes} was given
     * @throws CommandFailure if something else was typed, or if there is no terminal and {@code --yes} was not given
     */
    public static void requireUnless(boolean given, String consequence, String word) {
        if (given) {
            return;
        }
        if (terminal().isEmpty()) {
            throw CommandFailure.wrongUsage(consequence + " Without a terminal this has to be confirmed with --yes");
        }
        require(consequence, word);
    }

    @SuppressWarnings("SystemConsoleNull") // JDK 22 and later return a console that may not be a terminal
    private static Optional<Console> terminal() {
        Console console = System.console();
        if (console == null) {
            return Optional.empty();
        }
        try {
            boolean terminal = (boolean) Console.class.getMethod("isTerminal").invoke(console);
            return terminal ? Optional.of(console) : Optional.empty();
        } catch (NoSuchMethodException e) {
            return Optional.of(console);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
