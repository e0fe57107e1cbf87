/** What all sinks into PostgreSQL have in common: sessions, positions with fencing, and the meaning of SQL states. */
@NullMarked
package io.waltally.sinks.jdbc;

import org.jspecify.annotations.NullMarked;
