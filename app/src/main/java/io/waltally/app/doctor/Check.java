package io.waltally.app.doctor;

import java.util.List;

/** A check that does not depend on the others, and changes nothing. */
interface Check {
    String name();

    /** @throws Exception if it could not be made; that is a finding too */
    List<Finding> run() throws Exception;
}
