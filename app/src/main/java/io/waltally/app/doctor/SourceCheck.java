package io.waltally.app.doctor;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.doctor.check.Check;
import io.waltally.app.doctor.check.Finding;
import io.waltally.app.run.role.CaptureRole;
import io.waltally.app.status.Limitation;
import io.waltally.app.status.SourceConnections;
import io.waltally.connectors.capture.CaptureInspection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The server of a source: whether it can be reached, its prerequisites, and what may fail later. */
record SourceCheck(Configuration configuration, SourceSettings source) implements Check {
    static final String NAME = "source ";

    @Override
    public String name() {
        return NAME + source.source();
    }

    @Override
    public List<Finding> run() throws SQLException {
        // Capture waits for a server that takes the connection and then says nothing.
        SourceConnections.open(source).close();
        CaptureInspection inspection = CaptureInspection.of(CaptureRole.config(configuration, source));
        List<Finding> findings = new ArrayList<>();
        findings.add(Finding.ok(
                name(),
                "PostgreSQL " + inspection.version() + " at " + source.address() + " (" + source.key("url")
                        + ") answers role " + source.account().user()));
        inspection.problems().forEach(problem -> findings.add(Finding.error(name(), problem.what(), problem.remedy())));
        if (inspection.problems().isEmpty()) {
            findings.add(Finding.ok(
                    name(),
                    "wal_level, slot " + source.slot() + ", publication " + source.publication()
                            + ", tables and privileges are as capture needs them"));
        }
        inspection
                .missing()
                .forEach(addition -> findings.add(Finding.warning(
                        name(),
                        Limitation.of(addition).toString(),
                        addition.exists()
                                ? "waltally migrate"
                                : "upgrade the application, then run 'waltally migrate'")));
        inspection.advice().forEach(advice -> findings.add(Finding.warning(name(), advice.what(), advice.remedy())));
        return findings;
    }
}
