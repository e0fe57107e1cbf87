/**
 * PostgreSQL, Kafka and a schema registry without installation: for the demo, for development and for tests.
 *
 * <p>{@link io.waltally.embedded.Infrastructure} starts all three; each also starts alone. Everything listens on
 * loopback only. What runs as a process of its own ends with this JVM, however this JVM ends.
 */
package io.waltally.embedded;
