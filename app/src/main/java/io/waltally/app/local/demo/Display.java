package io.waltally.app.local.demo;

/** Shows the progress of the demo, redrawn in a terminal or line by line. */
interface Display extends AutoCloseable {
    /** Prints a line about the current step. */
    void phase(String what);

    void show(DemoFrame frame);

    /** Ends the live part; later output stays. */
    @Override
    void close();
}
