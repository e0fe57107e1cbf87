package io.waltally.app.run.role;

/** A part of the pipeline that this instance runs. */
public interface Role extends AutoCloseable {
    String name();

    /** Starts the role; {@link #status} shows its progress. */
    void start();

    RoleStatus status();

    /** Stops the role in order: finishes work in progress and starts none. Idempotent. */
    @Override
    void close();
}
