package io.waltally.app.doctor;

import io.waltally.app.doctor.check.Finding;
import io.waltally.app.doctor.check.Severity;
import java.util.List;

/**
 * All findings.
 *
 * @param healthy whether an instance would start
 */
public record DoctorReport(boolean healthy, long errors, long warnings, List<Finding> findings) {
    static DoctorReport of(List<Finding> findings) {
        long errors = count(findings, Severity.ERROR);
        return new DoctorReport(errors == 0, errors, count(findings, Severity.WARNING), List.copyOf(findings));
    }

    private static long count(List<Finding> findings, Severity severity) {
        return findings.stream()
                .filter(finding -> finding.severity() == severity)
                .count();
    }
}
