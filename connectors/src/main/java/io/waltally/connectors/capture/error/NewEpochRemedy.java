package io.waltally.connectors.capture.error;

import io.waltally.schemas.Source;

/** The command that takes a new snapshot in a new epoch, as reasons of stopped sources name it. */
public final class NewEpochRemedy {
    private NewEpochRemedy() {}

    public static String command(Source source) {
        return "waltally resume " + source + " --new-epoch";
    }

    /** Whether the reason of a stop asks for a new epoch. */
    public static boolean isNamedIn(String reason, Source source) {
        return reason.contains(command(source));
    }
}
