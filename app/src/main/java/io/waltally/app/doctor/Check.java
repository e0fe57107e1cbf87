package io.waltally.app.doctor;

import java.util.List;
import java.util.Set;

/** A check that changes nothing. */
interface Check {
    String name();

    /**
     * Names of the checks of servers that this check needs, too. It is made after them, unless one of them fails; if one
     * reports an error, a failure of this check is not reported.
     */
    default Set<String> needs() {
        return Set.of();
    }

    /** @throws Exception if it could not be made; that is a finding too */
    List<Finding> run() throws Exception;
}
