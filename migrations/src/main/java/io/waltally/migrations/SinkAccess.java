package io.waltally.migrations;

import java.util.EnumSet;
import java.util.Set;

/**
 * The privileges of the sinks that write to the database of their source.
 *
 * @param role the role that they connect as; may be that of the pipeline. Its password is set if one is given here
 * @param privileges on the application's tables, beside waltally's own
 */
public record SinkAccess(Credentials role, Set<SinkPrivilege> privileges) {
    public SinkAccess {
        privileges = privileges.isEmpty() ? Set.of() : Set.copyOf(EnumSet.copyOf(privileges));
    }
}
