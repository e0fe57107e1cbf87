package io.waltally.app.audit;

/**
 * An action of an operator.
 *
 * @param operator name of the token, or of the user of the operating system
 * @param action the route or the command
 * @param target the object of the action; empty if the action names it
 * @param result status of the answer, or how the command ended
 * @param from remote address of the request; {@code command line} for a command
 */
public record AuditEntry(String operator, String action, String target, String result, String from) {
    private static final int MAX_LENGTH = 500;

    /** One line of quoted values by name. */
    String line() {
        return "operator=" + quoted(operator) + " action=" + quoted(action) + " target=" + quoted(target) + " result="
                + quoted(result) + " from=" + quoted(from);
    }

    /** Values come from requests: none may look like another value or another line. */
    private static String quoted(String value) {
        StringBuilder quoted = new StringBuilder("\"");
        value.codePoints().limit(MAX_LENGTH).forEach(point -> {
            if (point == '"' || point == '\\') {
                quoted.append('\\').appendCodePoint(point);
            } else if (isPrintable(point)) {
                quoted.appendCodePoint(point);
            } else {
                quoted.append(String.format("\\u%04x", point));
            }
        });
        return quoted.append('"').toString();
    }

    private static boolean isPrintable(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
