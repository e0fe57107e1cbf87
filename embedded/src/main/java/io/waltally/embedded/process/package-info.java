/**
 * Servers in child processes. In: a command, a port and a data directory. Out: a process that ends with this JVM,
 * however this JVM ends, and messages that name the cause of a failed start.
 */
package io.waltally.embedded.process;
