package io.waltally.app.terminal;

/**
 * Properties of the terminal, as detected by the launcher.
 *
 * @param interactive whether a screen can be redrawn in place
 * @param columns width
 * @param rows height
 * @param unicode whether it shows more than ASCII
 * @param colour whether colours are wanted, and shown
 */
public record Terminal(boolean interactive, int columns, int rows, boolean unicode, boolean colour) {
    private static final int NARROWEST = 60;
    private static final int USUAL = 100;
    private static final int LOWEST = 5;
    private static final int USUAL_ROWS = 24;
    private static final int BAR = 30;

    /** Reads the system properties that {@code ./waltally} sets. */
    public static Terminal detect(boolean colour) {
        boolean interactive = Boolean.getBoolean("waltally.terminal");
        return new Terminal(
                interactive,
                Math.max(NARROWEST, Integer.getInteger("waltally.terminal.columns", USUAL)),
                Math.max(LOWEST, Integer.getInteger("waltally.terminal.rows", USUAL_ROWS)),
                !"false".equals(System.getProperty("waltally.terminal.unicode")),
                colour && interactive);
    }

    /** The width of a bar. */
    public int barWidth() {
        return columns < USUAL ? Math.max(BAR / 3, BAR - (USUAL - columns)) : BAR;
    }

    /** A cell of a bar that is full. */
    public String full() {
        return unicode ? "█" : "#";
    }

    /** A cell of a bar that is half full. */
    public String half() {
        return unicode ? "▒" : "+";
    }

    /** A cell of a bar that is empty. */
    public String free() {
        return unicode ? "░" : ".";
    }

    /** A cell of a line. */
    public String line() {
        return unicode ? "━" : "-";
    }

    /** Cuts a line to the width, without counting escape sequences, and leaves these out if colours are not wanted. */
    public String cut(String line) {
        StringBuilder shown = new StringBuilder();
        int width = 0;
        int i = 0;
        while (i < line.length()) {
            if (line.charAt(i) == '\u001b') {
                int end = line.indexOf('m', i);
                if (colour) {
                    shown.append(line, i, end + 1);
                }
                i = end + 1;
            } else {
                if (width < columns) {
                    shown.appendCodePoint(line.codePointAt(i));
                }
                width++;
                i += Character.charCount(line.codePointAt(i));
            }
        }
        return shown.toString();
    }
}
