/**
 * PostgreSQL, Kafka and a schema registry without installation: for the demo, for development and for tests.
 *
 * <p>{@link io.waltally.embedded.Infrastructure} starts all three; each can also be started alone. All listen on
 * loopback only. Child processes end with this JVM, however this JVM ends.
 */
package io.waltally.embedded;
