package io.waltally.app.http;

import java.util.OptionalLong;
import java.util.regex.Pattern;

/** Whole numbers in requests, in the form of the API document: that of JSON, of which each number has one. */
final class WholeNumber {
    private static final Pattern FORM = Pattern.compile("0|-?[1-9][0-9]{0,18}");

    private WholeNumber() {}

    /** The number, or none if the text is not one of 64 bits: not {@code 007}, {@code +7}, {@code -0} or {@code 7.0}. */
    static OptionalLong parse(String text) {
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
