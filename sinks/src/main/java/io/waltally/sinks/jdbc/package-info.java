/** Shared by all sinks that write to PostgreSQL: sessions, positions with fencing, and the meaning of SQL states. */
@NullMarked
package io.waltally.sinks.jdbc;

import org.jspecify.annotations.NullMarked;
