package io.waltally.app.http;

import io.javalin.http.HttpStatus;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** What the server refuses before any route sees it, such as a path that cannot be decoded, as a problem document too. */
final class ServerProblems extends ErrorHandler {
    @Override
    protected void generateResponse(
            Request request, Response response, int code, String message, Throwable cause, Callback callback) {
        HttpStatus status = HttpStatus.forStatus(code);
        String detail =
                code < HttpStatus.INTERNAL_SERVER_ERROR.getCode() && message != null ? message : ProblemAnswers.FAILED;
        Problem problem = new Problem(status, detail);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problem.CONTENT_TYPE);
        Content.Sink.write(response, true, problem.json(request.getHttpURI().getPath()), callback);
    }
}
