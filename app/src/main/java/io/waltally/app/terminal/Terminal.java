package io.waltally.app.terminal;

import java.util.regex.Pattern;

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
    private static final int USUAL = 100;
    private static final int USUAL_ROWS = 24;
    private static final int BAR = 30;
    private static final int FIRST_WIDE = 0x1100;
    private static final Pattern WIDE = Pattern.compile("[\\p{IsIdeographic}\\p{IsHangul}\\p{IsHiragana}\\p{IsKatakana}"
            + "\\x{3000}-\\x{303e}\\x{ff01}-\\x{ff60}\\x{ffe0}-\\x{ffe6}\\x{1f300}-\\x{1faff}]");

    /** Reads the system properties that {@code ./waltally} sets. */
    public static Terminal detect(boolean colour) {
        boolean interactive = Boolean.getBoolean("waltally.terminal");
        return new Terminal(
                interactive,
                Math.max(1, Integer.getInteger("waltally.terminal.columns", USUAL)),
                Math.max(1, Integer.getInteger("waltally.terminal.rows", USUAL_ROWS)),
                !"false".equals(System.getProperty("waltally.terminal.unicode")),
                colour && interactive);
    }

    /** The same terminal after its user has changed its size. */
    public Terminal resized(int toColumns, int toRows) {
        return new Terminal(interactive, Math.max(1, toColumns), Math.max(1, toRows), unicode, colour);
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
                int character = line.codePointAt(i);
                width += width(character);
                if (width <= columns) {
                    shown.appendCodePoint(character);
                }
                i += Character.charCount(character);
            }
        }
        return shown.toString();
    }

    /** The number of columns that a character takes: none for combining ones, two for those of East Asia and emoji. */
    private static int width(int character) {
        switch (Character.getType(character)) {
            case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.FORMAT -> {
                return 0;
            }
            default -> {
                return character >= FIRST_WIDE
                                && WIDE.matcher(Character.toString(character)).matches()
                        ? 2
                        : 1;
            }
        }
    }
}
