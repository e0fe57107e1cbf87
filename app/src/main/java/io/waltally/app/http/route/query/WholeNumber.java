package io.waltally.app.http.route.query;

import java.util.OptionalLong;
import java.util.regex.Pattern;

/** Parses whole numbers of requests, in the form of JSON, which has one form for each number. */
public final class WholeNumber {
    private static final Pattern FORM = Pattern.compile("0|-?[1-9][0-9]{0,18}");

    private WholeNumber() {}

    /**
     * The number; empty for anything else, such as {@code 007}, {@code +7}, {@code -0}, {@code 7.0} and numbers of more
     * than 64 bits.
     */
    public static OptionalLong parse(String text) {
        if (!FORM.matcher(text).matches()) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(Long.parseLong(text));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }
}
