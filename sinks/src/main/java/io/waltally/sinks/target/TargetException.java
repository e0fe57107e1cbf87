package io.waltally.sinks.target;

/** Reports a failure of a target. The message names the problem and, unless only the server can solve it, the fix. */
public final class TargetException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Kind kind;

    /** The condition under which a retry can succeed. */
    public enum Kind {
        /** Time has to pass: a server does not answer, another session is in the way, a disk is full. */
        UNAVAILABLE,
        /** An operator has to fix the target or the configuration: a privilege, a table, a column. */
        MISCONFIGURED,
        /** A record has to change: the target refuses its values. */
        REFUSED,
        /** Nothing: another instance has the partitions now, or the target is no longer where this one left it. */
        FENCED,
        /** An operator has to decide: the positions in the target are of other topics than those that are read. */
        FOREIGN
    }

    public TargetException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public TargetException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
