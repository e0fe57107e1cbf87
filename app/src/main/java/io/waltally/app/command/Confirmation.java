package io.waltally.app.command;

import java.io.Console;
import java.util.Optional;

/** Asks for confirmation at a terminal; a script has given its answer as an option. */
final class Confirmation {
    private Confirmation() {}

    /**
     * @param consequence a sentence that says what will happen
     * @param word what has to be typed
     * @throws CommandFailure if something else was typed
     */
    static void require(String consequence, String word) {
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
     * Asks for "yes", unless an option has given it.
     *
     * @param consequence a sentence that says what will happen
     * @param given whether the option {@code --yes} is there
     * @throws CommandFailure if something else was typed, or if there is neither a terminal nor the option
     */
    static void requireYes(String consequence, boolean given) {
        if (given) {
            return;
        }
        if (terminal().isEmpty()) {
            throw new CommandFailure("nothing was done: without a terminal, --yes must be given");
        }
        require(consequence, "yes");
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
