package io.waltally.sinks.target;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reports a failure of a target. The message names the problem and, unless only the server can solve it, the fix. */
public final class TargetException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Kind kind;
    private final String problem;
    private final @Nullable String remedy;

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
        problem = message;
        remedy = null;
    }

    public TargetException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
        problem = message;
        remedy = null;
    }

    private TargetException(Kind kind, String problem, String remedy) {
        super(problem + ": " + remedy);
        this.kind = kind;
        this.problem = problem;
        this.remedy = remedy;
    }

    /** A failure that a statement or command ends; the message is both. */
    public static TargetException misconfigured(String problem, String remedy) {
        return new TargetException(Kind.MISCONFIGURED, problem, remedy);
    }

    /** The same, with the failure that shows it. */
    public static TargetException misconfigured(String problem, String remedy, Throwable cause) {
        TargetException failure = misconfigured(problem, remedy);
        failure.initCause(cause);
        return failure;
    }

    public Kind kind() {
        return kind;
    }

    /** The message without the remedy. */
    public String problem() {
        return problem;
    }

    /** The statement or command that fixes the problem; empty if the message has it, or if none is known. */
    public Optional<String> remedy() {
        return Optional.ofNullable(remedy);
    }
}
