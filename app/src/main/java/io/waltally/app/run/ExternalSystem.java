package io.waltally.app.run;

/**
 * A server that the pipeline needs.
 *
 * @param name what it is, for messages
 * @param address where it is
 * @param key where that is configured
 */
public record ExternalSystem(String name, String address, String key, Probe probe) {

    /** Asks the system for a sign of life. */
    @FunctionalInterface
    public interface Probe {
        /** @throws UnreachableException if it does not answer, or not as it should */
        void check();
    }

    /** One line: which system, where, and where that is configured. */
    @Override
    public String toString() {
        return name + " at " + address + " (" + key + ")";
    }
}
