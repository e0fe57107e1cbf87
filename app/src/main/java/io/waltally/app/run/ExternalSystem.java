package io.waltally.app.run;

/**
 * A server that the pipeline needs.
 *
 * @param name for messages
 * @param address of the server
 * @param key of its address in the configuration
 */
public record ExternalSystem(String name, String address, String key, Probe probe) {

    /** A health check of the system. */
    @FunctionalInterface
    public interface Probe {
        /** @throws UnreachableException if it does not answer, or not as expected */
        void check();
    }

    /** One line: the system, its address, and the key of the address. */
    @Override
    public String toString() {
        return name + " at " + address + " (" + key + ")";
    }
}
