package io.waltally.app.doctor.check;

import java.util.List;
import java.util.Set;

/** A check that changes nothing. */
public interface Check {
    String name();

    /**
     * Names of the checks of what this check needs, too. It is made after those of them that need nothing themselves,
     * unless one of those fails. If one of them reports an error, a failure of this check is not reported.
     */
    default Set<String> needs() {
        return Set.of();
    }

    /** @throws Exception if it could not be made; that is a finding too */
    List<Finding> run() throws Exception;
}
