package io.waltally.app.command.common;

/** Makes untrusted text safe for a terminal: removes line ends and control characters. */
public final class TerminalText {
    private TerminalText() {}

    public static String of(String text) {
        return text.replaceAll("[\\p{Cntrl}\\x80-\\x9F\\u2028\\u2029]+", " ");
    }
}
