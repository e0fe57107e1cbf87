package io.waltally.app.command;

/** Text of unknown origin, fit to be shown on a terminal: without line ends, and without what steers terminals. */
final class OneLine {
    private OneLine() {}

    static String of(String text) {
        return text.replaceAll("[\\p{Cntrl}\\x80-\\x9F\\u2028\\u2029]+", " ");
    }
}
