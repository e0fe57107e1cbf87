package io.waltally.app.local;

/** Where the demo is watched. */
interface Display extends AutoCloseable {
    /** One line about what happens now. */
    void phase(String what);

    void show(DemoFrame frame);

    /** The end of the live part: what is printed afterwards stays. */
    @Override
    void close();
}
