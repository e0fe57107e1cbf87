package io.waltally.app.secure;

import com.nimbusds.oauth2.sdk.OAuth2Error;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.auth.PlainClientSecret;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import no.nav.security.mock.oauth2.MockOAuth2Server;
import no.nav.security.mock.oauth2.OAuth2Config;
import no.nav.security.mock.oauth2.OAuth2Exception;
import no.nav.security.mock.oauth2.http.MockWebServerWrapper;
import no.nav.security.mock.oauth2.http.Ssl;
import no.nav.security.mock.oauth2.http.SslKeystore;
import no.nav.security.mock.oauth2.token.DefaultOAuth2TokenCallback;
import no.nav.security.mock.oauth2.token.OAuth2TokenProvider;

/** An OpenID provider that issues signed tokens over TLS to every client that knows the secret. */
final class TokenIssuer implements AutoCloseable {
    static final String CLIENT_SECRET = "client-secret-1";
    static final String AUDIENCE = "kafka";

    private static final String NAME = "waltally";

    private final MockOAuth2Server server;
    private final String url;

    TokenIssuer(Certificates certificates) {
        SslKeystore store = new SslKeystore(
                Certificates.PASSWORD,
                certificates.serverStore().toFile(),
                SslKeystore.KeyStoreType.PKCS12,
                Certificates.PASSWORD);
        server = new MockOAuth2Server(new OAuth2Config(
                false,
                null,
                null,
                false,
                new OAuth2TokenProvider(),
                Set.of(new Clients()),
                new MockWebServerWrapper(new Ssl(store))));
        server.start(InetAddress.getLoopbackAddress(), 0);
        url = "https://localhost:" + server.baseUrl().port() + "/" + NAME;
    }

    private static final class Clients extends DefaultOAuth2TokenCallback {
        Clients() {
            super(NAME, NAME, "JWT", List.of(AUDIENCE), Map.of(), 3600);
        }

        /** The name of the client. */
        @Override
        public String subject(TokenRequest request) {
            if (request.getClientAuthentication() instanceof PlainClientSecret client
                    && client.getClientSecret().getValue().equals(CLIENT_SECRET)) {
                return client.getClientID().getValue();
            }
            throw new OAuth2Exception(OAuth2Error.INVALID_CLIENT, "wrong secret");
        }
    }

    String issuer() {
        return url;
    }

    String tokenEndpoint() {
        return url + "/token";
    }

    String keys() {
        return url + "/jwks";
    }

    @Override
    public void close() {
        server.shutdown();
    }
}
