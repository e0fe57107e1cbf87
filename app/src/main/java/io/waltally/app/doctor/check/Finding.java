package io.waltally.app.doctor.check;

import java.util.Optional;

/**
 * A result of a check.
 *
 * @param check name of the check
 * @param message what was found, and what it means
 * @param remedy the statement, command or setting that fixes the problem; empty if there is nothing to fix
 */
public record Finding(Severity severity, String check, String message, Optional<String> remedy) {
    public static Finding ok(String check, String message) {
        return new Finding(Severity.OK, check, message, Optional.empty());
    }

    public static Finding warning(String check, String message, String remedy) {
        return new Finding(Severity.WARNING, check, message, Optional.of(remedy));
    }

    public static Finding error(String check, String message, String remedy) {
        return new Finding(Severity.ERROR, check, message, Optional.of(remedy));
    }

    /** An error of a sentence whose second part, after a semicolon, is the remedy. */
    public static Finding error(String check, String sentence) {
        return of(Severity.ERROR, check, sentence);
    }

    /** A warning of a sentence whose second part, after a semicolon, is the remedy. */
    public static Finding warning(String check, String sentence) {
        return of(Severity.WARNING, check, sentence);
    }

    private static Finding of(Severity severity, String check, String sentence) {
        int remedy = sentence.indexOf("; ");
        return remedy < 0
                ? new Finding(severity, check, sentence, Optional.empty())
                : new Finding(
                        severity, check, sentence.substring(0, remedy), Optional.of(sentence.substring(remedy + 2)));
    }
}
