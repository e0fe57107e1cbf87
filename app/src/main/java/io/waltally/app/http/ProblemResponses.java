package io.waltally.app.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Header;
import io.javalin.http.HttpResponseException;
import io.javalin.http.HttpStatus;
import io.javalin.http.MethodNotAllowedResponse;
import io.javalin.router.EndpointNotFound;
import io.waltally.app.http.route.tally.TallyQueries;
import io.waltally.app.http.server.ApiDocument;
import io.waltally.app.http.server.Problem;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Converts exceptions of routes, and requests that match no route, to problem documents. */
final class ProblemResponses {
    private static final Logger LOG = LoggerFactory.getLogger(ProblemResponses.class);

    /** The detail of an internal error, which reveals nothing. */
    static final String FAILED = "the request failed; the log says why";

    private ProblemResponses() {}

    static void addTo(RoutesConfig routes) {
        respond(routes, Problem.class, problem -> problem);
        respond(
                routes,
                TallyQueries.TalliesUnavailableException.class,
                notNow -> new Problem(HttpStatus.SERVICE_UNAVAILABLE, notNow.getMessage()));
        respond(routes, HttpResponseException.class, ProblemResponses::stated);
        routes.exception(
                EndpointNotFound.class, (e, context) -> nothingHere(context).respond(context));
        routes.exception(MethodNotAllowedResponse.class, (e, context) -> {
            String allowed = e.getDetails().getOrDefault("availableMethods", "");
            context.header(Header.ALLOW, allowed);
            new Problem(HttpStatus.METHOD_NOT_ALLOWED, context.path() + " takes " + allowed).respond(context);
        });
        routes.exception(Exception.class, (e, context) -> {
            LOG.error("{} {} failed", context.method(), context.path(), e);
            new Problem(HttpStatus.INTERNAL_SERVER_ERROR, FAILED).respond(context);
        });
    }

    private static <E extends Exception> void respond(
            RoutesConfig routes, Class<E> type, Function<E, Problem> problem) {
        routes.exception(type, (e, context) -> problem.apply(e).respond(context));
    }

    private static Problem stated(HttpResponseException e) {
        HttpStatus status = HttpStatus.forStatus(e.getStatus());
        return new Problem(
                status,
                status == HttpStatus.CONTENT_TOO_LARGE
                        ? "the body is larger than " + HttpApi.MAX_BODY + " bytes"
                        : e.getMessage());
    }

    private static Problem nothingHere(Context context) {
        return new Problem(
                HttpStatus.NOT_FOUND, "no such path: " + context.path() + "; " + ApiDocument.PATH + " lists all paths");
    }
}
