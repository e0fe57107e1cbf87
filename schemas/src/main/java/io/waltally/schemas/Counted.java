package io.waltally.schemas;

/** Formats a number with its noun: "1 row", "2 rows". */
public final class Counted {
    private Counted() {}

    public static String of(long number, String one) {
        return of(number, one, one + "s");
    }

    /** @param many the plural */
    public static String of(long number, String one, String many) {
        return number + " " + noun(number, one, many);
    }

    /** The noun alone, for a number that is formatted otherwise. */
    public static String noun(long number, String one, String many) {
        return number == 1 ? one : many;
    }
}
