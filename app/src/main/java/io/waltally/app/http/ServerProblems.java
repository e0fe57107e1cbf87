package io.waltally.app.http;

import io.javalin.http.HttpStatus;
import io.waltally.app.http.server.Problem;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes problem documents of errors outside of routes: requests that the server rejects, such as those with an
 * undecodable path, and requests that it aborts when it stops.
 */
final class ServerProblems extends ErrorHandler {
    private static final Logger LOG = LoggerFactory.getLogger(ServerProblems.class);

    @Override
    protected void generateResponse(
            Request request, Response response, int code, String message, Throwable cause, Callback callback) {
        boolean stopping =
                !request.getConnectionMetaData().getConnector().getServer().isRunning();
        HttpStatus status = stopping ? HttpStatus.SERVICE_UNAVAILABLE : HttpStatus.forStatus(code);
        if (stopping) {
            response.setStatus(status.getCode());
            response.getHeaders().put(HttpHeader.RETRY_AFTER, Problem.RETRY_AFTER_SECONDS);
        } else if (code >= HttpStatus.INTERNAL_SERVER_ERROR.getCode()) {
            LOG.error("{} {} failed", request.getMethod(), request.getHttpURI().getPath(), cause);
        }
        Problem problem = new Problem(status, detail(stopping, code, message));
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problem.CONTENT_TYPE);
        Content.Sink.write(response, true, problem.json(request.getHttpURI().getPath()), callback);
    }

    private static String detail(boolean stopping, int code, String message) {
        if (stopping) {
            return "this instance is stopping; try again";
        }
        if (code >= HttpStatus.INTERNAL_SERVER_ERROR.getCode() || message == null) {
            return ProblemResponses.FAILED;
        }
        // The server says no more of a request that it cannot parse.
        return message.equals(HttpStatus.BAD_REQUEST.getMessage())
                ? "the request is malformed: its path or one of its headers cannot be read"
                : message;
    }
}
