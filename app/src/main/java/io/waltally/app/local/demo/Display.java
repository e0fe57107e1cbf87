package io.waltally.app.local.demo;

/** The display of the demo. */
interface Display extends AutoCloseable {
    /** Prints a line about the current step. */
    void phase(String what);

    void show(DemoFrame frame);

    /** Ends the live part; later output stays. */
    @Override
    void close();
}
