/**
 * Queries and commands to the source database: its identity, its publication, the slot, the lead. In: a JDBC
 * connection. Out: facts about the server, as values.
 */
@NullMarked
package io.waltally.connectors.capture.source;

import org.jspecify.annotations.NullMarked;
