package io.waltally.workload.objectstore;

import io.waltally.workload.session.DatabaseSession;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;

/** The charges of one instance of s3-orchestrator to each backend since its last flush. */
final class UsageMeter {
    private record Usage(long apiRequests, long egressBytes, long ingressBytes) {
        Usage plus(Usage other) {
            return new Usage(
                    apiRequests + other.apiRequests,
                    egressBytes + other.egressBytes,
                    ingressBytes + other.ingressBytes);
        }
    }

    private final DatabaseSession session;
    private final Map<String, Usage> charged = new TreeMap<>();

    UsageMeter(DatabaseSession session) {
        this.session = session;
    }

    void charge(String backend, long apiRequests, long egressBytes, long ingressBytes) {
        charged.merge(backend, new Usage(apiRequests, egressBytes, ingressBytes), Usage::plus);
    }

    boolean hasCharges() {
        return !charged.isEmpty();
    }

    /** Adds the charges to the rows of a period ('YYYY-MM'), one statement each, and resets them. */
    void flush(String period) throws SQLException {
        for (String backend : charged.keySet().toArray(new String[0])) flush(backend, period);
    }

    void flush(String backend, String period) throws SQLException {
        Usage usage = charged.remove(backend);
        if (usage == null) return;
        session.atOnce(transaction -> {
            transaction.upsert(
                    "backend_usage",
                    "INSERT INTO backend_usage (backend_name, period, api_requests, egress_bytes, ingress_bytes,"
                            + " updated_at) VALUES (?, ?, ?, ?, ?, NOW()) ON CONFLICT (backend_name, period) DO UPDATE"
                            + " SET api_requests = backend_usage.api_requests + EXCLUDED.api_requests, egress_bytes ="
                            + " backend_usage.egress_bytes + EXCLUDED.egress_bytes, ingress_bytes ="
                            + " backend_usage.ingress_bytes + EXCLUDED.ingress_bytes, updated_at = NOW()"
                            + " RETURNING xmax = 0",
                    backend,
                    period,
                    usage.apiRequests(),
                    usage.egressBytes(),
                    usage.ingressBytes());
            return null;
        });
    }
}
