package io.waltally.app.command.common;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;

/** Asks for confirmation on a terminal. Without a terminal, {@code --yes} confirms where it is required. */
public final class Confirmation {
    /** Set by the launcher if standard input and standard error are terminals. */
    private static final String TERMINAL = "waltally.terminal.input";

    private Confirmation() {}

    /**
     * @param consequence a sentence that says what will happen
     * @param word the word that has to be typed
     * @throws CommandFailure if something else was typed
     */
    public static void require(String consequence, String word) {
        if (isTerminal()) {
            String answer = ask(consequence, word);
            if (answer == null || !answer.strip().equals(word)) {
                throw new CommandFailure("nothing was done");
            }
        }
    }

    /**
     * Like {@link #require}, for a command whose options alone are no answer.
     *
     * @param given whether {@code --yes} was given
     * @throws CommandFailure if something else was typed, or if there is no terminal and {@code --yes} was not given
     */
    public static void requireUnless(boolean given, String consequence, String word) {
        if (given) {
            return;
        }
        if (!isTerminal()) {
            throw CommandFailure.wrongUsage(consequence + " Without a terminal this has to be confirmed with --yes");
        }
        require(consequence, word);
    }

    /** Java's console is null if only the output goes elsewhere, as in {@code | tee FILE}. */
    private static boolean isTerminal() {
        return Boolean.getBoolean(TERMINAL) || isTerminal(System.console());
    }

    @SuppressWarnings("SystemConsoleNull") // JDK 22 and later return a console that may not be a terminal
    private static boolean isTerminal(Console console) {
        if (console == null) {
            return false;
        }
        try {
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (NoSuchMethodException e) {
            return true;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** On standard error, which is seen wherever the output goes. */
    private static String ask(String consequence, String word) {
        System.err.printf("%s%nType \"%s\" to do it: ", consequence, word);
        System.err.flush();
        try {
            return new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())).readLine();
        } catch (IOException e) {
            throw new CommandFailure("nothing was done, since the answer could not be read: " + e.getMessage(), e);
        }
    }
}
