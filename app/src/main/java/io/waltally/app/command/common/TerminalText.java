package io.waltally.app.command.common;

import java.util.stream.Collectors;

/** Makes untrusted text safe for a terminal: removes line ends, control characters and bidirectional overrides. */
public final class TerminalText {
    private TerminalText() {}

    /** The same of each line. */
    public static String ofLines(String text) {
        return text.lines().map(TerminalText::of).collect(Collectors.joining(System.lineSeparator()));
    }

    public static String of(String text) {
        return text.replaceAll("[\\p{Cntrl}\\x80-\\x9F\\u2028\\u2029\\u202A-\\u202E\\u2066-\\u2069]+", " ");
    }
}
