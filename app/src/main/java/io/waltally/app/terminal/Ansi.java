package io.waltally.app.terminal;

/** Escape sequences of terminals. */
public final class Ansi {
    static final String ESCAPE = "\u001b[";
    public static final String RESET = ESCAPE + "0m";
    public static final String BOLD = ESCAPE + "1m";
    public static final String DIM = ESCAPE + "2m";
    public static final String RED = ESCAPE + "31m";
    public static final String GREEN = ESCAPE + "32m";
    public static final String YELLOW = ESCAPE + "33m";
    public static final String CYAN = ESCAPE + "36m";

    private Ansi() {}
}
