package io.waltally.app.http.server;

import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import io.javalin.http.Header;
import io.javalin.http.HttpStatus;
import io.waltally.app.config.ApiToken;
import io.waltally.app.config.ApiToken.Scope;
import io.waltally.app.config.HttpSettings;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Admits requests before they reach any route. Requests other than GET and HEAD need scope {@link Scope#OPERATE}. Without
 * configured tokens no request needs one; the API then listens on a loopback address only.
 */
public final class AccessControl implements Handler {
    private static final String SCHEME = "bearer ";
    private static final String TOKEN = "waltally.token";
    private static final String CHALLENGE = "Bearer realm=\"waltally\"";

    private final RequestOrigin origin;
    private final Tokens tokens;
    private final Set<String> open;

    /**
     * @param document says which paths need no token
     * @param files other paths that need none, since they say nothing of this instance
     */
    public AccessControl(HttpSettings settings, ApiDocument document, Set<String> files) {
        this.origin = new RequestOrigin(settings);
        this.tokens = new Tokens(settings.tokens());
        Set<String> paths = new HashSet<>(document.openPaths());
        paths.addAll(files);
        this.open = Set.copyOf(paths);
    }

    /** By the method of the request line, which the server's access log and proxies see. */
    static boolean reads(Context context) {
        String method = context.req().getMethod();
        return method.equals(HandlerType.GET.name()) || method.equals(HandlerType.HEAD.name());
    }

    /** @throws Problem if the request is not admitted */
    @Override
    public void handle(Context context) {
        requireOneMethod(context);
        origin.require(context);
        boolean reads = reads(context);
        // An open path has no other methods, which the router answers.
        if (tokens.isEmpty() || open.contains(context.path())) {
            return;
        }
        ApiToken token = token(context);
        context.attribute(TOKEN, token);
        RequestAudit.operator(context, token);
        Scope needed = reads ? Scope.READ : Scope.OPERATE;
        if (!token.allows(needed)) {
            context.header(
                    Header.WWW_AUTHENTICATE,
                    CHALLENGE + ", error=\"insufficient_scope\", scope=\"" + needed.id() + "\"");
            throw new Problem(
                    HttpStatus.FORBIDDEN,
                    "the token of " + token.name() + " is of scope "
                            + token.scope().id() + "; this needs one of " + needed.key());
        }
    }

    /** The router would take the method of this header for that of the request. */
    private static void requireOneMethod(Context context) {
        if (context.header(Header.X_HTTP_METHOD_OVERRIDE) != null) {
            throw new Problem(
                    HttpStatus.BAD_REQUEST,
                    "the header " + Header.X_HTTP_METHOD_OVERRIDE
                            + " is not supported: put the method into the request line");
        }
    }

    /** The name of the token of a request that was admitted by it. */
    public static Optional<String> tokenName(Context context) {
        return Optional.ofNullable(context.<ApiToken>attribute(TOKEN)).map(ApiToken::name);
    }

    /** Whether the sender of a request that was admitted may change something. */
    public static boolean mayOperate(Context context) {
        ApiToken token = context.attribute(TOKEN);
        return token == null || token.allows(Scope.OPERATE);
    }

    private ApiToken token(Context context) {
        String authorization =
                Optional.ofNullable(context.header(Header.AUTHORIZATION)).orElse("");
        if (!authorization.toLowerCase(Locale.ROOT).startsWith(SCHEME)) {
            context.header(Header.WWW_AUTHENTICATE, CHALLENGE);
            throw new Problem(
                    HttpStatus.UNAUTHORIZED,
                    "this instance asks for a token: send \"Authorization: Bearer TOKEN\" with one of "
                            + Scope.READ.key() + " or " + Scope.OPERATE.key());
        }
        return tokens.find(authorization.substring(SCHEME.length()).strip()).orElseThrow(() -> {
            context.header(Header.WWW_AUTHENTICATE, CHALLENGE + ", error=\"invalid_token\"");
            return new Problem(HttpStatus.UNAUTHORIZED, "the token of the request is not valid for this instance");
        });
    }
}
