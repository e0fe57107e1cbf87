package io.waltally.app.http.server;

import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.waltally.app.audit.AuditEntry;
import io.waltally.app.audit.AuditLog;
import io.waltally.app.config.ApiToken;
import java.util.Optional;

/** Writes each request that is not GET or HEAD to the audit log, refused ones too, once their response is known. */
public final class RequestAudit implements Handler {
    private static final String OPERATOR = "waltally.operator";
    private static final String ROUTE = "waltally.route";
    private static final String TARGET = "waltally.target";
    private static final String ANONYMOUS = "anonymous";

    static void operator(Context context, ApiToken token) {
        context.attribute(OPERATOR, token.name());
    }

    static void route(Context context, String path) {
        context.attribute(ROUTE, path);
    }

    /** States what a request acts on, and how. */
    public static void target(Context context, String target) {
        context.attribute(TARGET, target);
    }

    @Override
    public void handle(Context context) {
        if (!AccessControl.reads(context)) {
            AuditLog.write(new AuditEntry(
                    attribute(context, OPERATOR).orElse(ANONYMOUS),
                    context.req().getMethod() + " " + attribute(context, ROUTE).orElse(context.path()),
                    attribute(context, TARGET).orElse(""),
                    Integer.toString(context.statusCode()),
                    context.ip()));
        }
    }

    private static Optional<String> attribute(Context context, String name) {
        return Optional.ofNullable(context.attribute(name));
    }
}
