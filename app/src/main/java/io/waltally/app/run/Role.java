package io.waltally.app.run;

/** A part of the pipeline that this instance runs. */
public interface Role extends AutoCloseable {
    String name();

    /** Begins; what happens then is in {@link #status}. */
    void start();

    RoleStatus status();

    /** Ends it in order: what is under way is finished, nothing new is begun. Does nothing the second time. */
    @Override
    void close();
}
