package io.waltally.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.app.config.ApiToken.Scope;
import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.value.HostAndPort;
import io.waltally.app.config.value.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpSettingsTest {
    private static final String TOKEN = "0123456789abcdef";
    private static final String OTHER = "fedcba9876543210";

    @Test
    void anAddressThatOthersReachNeedsATokenOfEitherScope() {
        for (String host :
                List.of("0.0.0.0", "::", "[::]", "10.0.0.7", "fd00::7", "waltally-1.example", "127.0.0.1.x")) {
            assertThatThrownBy(() -> http("host", host))
                    .isInstanceOf(ConfigException.class)
                    .hasMessage("http.host is \"" + host
                            + "\": other machines can reach that address, so requests need tokens: set"
                            + " http.operate-tokens or http.read-tokens, or listen on 127.0.0.1");
            assertThat(http("host", host, "operate-tokens.alice", TOKEN).host()).isEqualTo(host);
            assertThat(http("host", host, "read-tokens.grafana", TOKEN).host()).isEqualTo(host);
        }
        for (String host : List.of("127.0.0.1", "127.8.9.255", "::1", "[::1]", "0:0:0:0:0:0:0:1", "localhost")) {
            assertThat(http("host", host).tokens()).isEmpty();
        }
    }

    @Test
    void tokensThatMayOperateComeFirst() {
        assertThat(http(
                                "read-tokens.a", "aaaaaaaaaaaaaaaa",
                                "operate-tokens.z", "zzzzzzzzzzzzzzzz",
                                "operate-tokens.b", "bbbbbbbbbbbbbbbb")
                        .tokens())
                .containsExactly(
                        new ApiToken("b", Scope.OPERATE, new Secret("bbbbbbbbbbbbbbbb")),
                        new ApiToken("z", Scope.OPERATE, new Secret("zzzzzzzzzzzzzzzz")),
                        new ApiToken("a", Scope.READ, new Secret("aaaaaaaaaaaaaaaa")));
    }

    @Test
    void noErrorAboutATokenShowsIt() {
        for (String wrong : List.of("", "tooshort", "with a blank inside", "with\nline end in it", "0123456789abcdé")) {
            assertThatThrownBy(() -> http("operate-tokens.alice", wrong))
                    .isInstanceOf(ConfigException.class)
                    .hasMessage("http.operate-tokens.alice is ***: must be at least 16 letters, digits and ._~+/-,"
                            + " such as 'openssl rand -hex 32' prints");
        }
        assertThatThrownBy(() -> http("read-tokens", TOKEN))
                .hasMessage("http.read-tokens must be a section with a token by the name of each holder, such as"
                        + " {alice: \"${ALICE_TOKEN}\"}");
        assertThatThrownBy(() -> http("read-tokens[0]", TOKEN))
                .hasMessageStartingWith("http.read-tokens must be a section ");
        assertThatThrownBy(() -> http("read-tokens.alice[0]", TOKEN))
                .hasMessageStartingWith("http.read-tokens names a token \"alice[0]\": a name must match ")
                .message()
                .doesNotContain(TOKEN);
        assertThatThrownBy(() -> http("read-tokens.grafana", TOKEN, "operate-tokens.alice", TOKEN))
                .hasMessage("http.read-tokens.grafana is the same token as http.operate-tokens.alice: each name needs"
                        + " its own");
        assertThat(http("read-tokens.grafana", TOKEN)).asString().doesNotContain(TOKEN);
    }

    @Test
    void tokensMayBeInFiles(@TempDir Path directory) throws IOException {
        String file =
                Files.writeString(directory.resolve("token"), TOKEN + "\n").toString();
        assertThat(http("operate-token-files.alice", file).tokens())
                .containsExactly(new ApiToken("alice", Scope.OPERATE, new Secret(TOKEN)));
        assertThatThrownBy(() -> http("read-token-files.alice", file, "read-tokens.alice", OTHER))
                .hasMessage(
                        "http.read-token-files.alice and http.read-tokens.alice are both given: remove one of them");
        assertThatThrownBy(() -> http("read-token-files.alice", "nowhere"))
                .hasMessageContaining("http.read-token-files.alice is \"nowhere\": there is no such file");
    }

    @Test
    void allowedHostsRequireALoopbackAddress() {
        assertThat(http("allowed-hosts", "Ops.Example, waltally_1").allowedHosts())
                .containsExactlyInAnyOrder("ops.example", "waltally_1");
        for (String wrong : List.of("ops.example:443", "https://ops.example", "*.example", "-")) {
            assertThatThrownBy(() -> http("allowed-hosts", wrong))
                    .hasMessage("http.allowed-hosts is \"" + wrong + "\": must be host names, without scheme and port");
        }
        assertThatThrownBy(() -> http("allowed-hosts", "ops.example", "host", "::", "read-tokens.grafana", TOKEN))
                .hasMessage("http.allowed-hosts is of a loopback address, but http.host is \"::\", where requests are"
                        + " admitted by their token: remove it");
    }

    @Test
    void tlsNeedsCertificateAndKey() {
        assertThat(http("tls", "").tls()).isEmpty();
        assertThat(http("tls.certificate", "a.pem", "tls.key", "b.pem").tls())
                .contains(new HttpTls(Path.of("a.pem"), Path.of("b.pem"), Optional.empty()));
        assertThatThrownBy(() -> http("tls.certificate", "a.pem"))
                .hasMessage("http.tls.key is missing: TLS needs http.tls.certificate and http.tls.key, or neither");
        for (String key : List.of("tls.key", "tls.trusted")) {
            assertThatThrownBy(() -> http(key, "a.pem")).hasMessageStartingWith("http.tls.certificate is missing: ");
        }
    }

    @Test
    void otherInstancesReachTheApiWhereItListensUnlessItSaysOtherwise() {
        assertThat(http("host", "10.0.0.7", "port", "9000", "read-tokens.a", TOKEN)
                        .forOthers())
                .contains(new HostAndPort("10.0.0.7", 9000));
        HttpSettings ipv6 = http("host", "::1");
        assertThat(ipv6.uri(ipv6.forOthers().orElseThrow())).hasToString("http://[::1]:8080");
        HttpSettings tls = http("tls.certificate", "a.pem", "tls.key", "b.pem");
        assertThat(tls.uri(tls.fromHere())).hasToString("https://127.0.0.1:8080");
        for (String wildcard : List.of("0.0.0.0", "[::]")) {
            assertThat(http("host", wildcard, "read-tokens.a", TOKEN).forOthers())
                    .isEmpty();
        }
        assertThat(http("port", "0").forOthers()).isEmpty();
        assertThat(http("host", "0.0.0.0", "advertised", "[fd00::7]:80", "read-tokens.a", TOKEN)
                        .forOthers())
                .contains(new HostAndPort("fd00::7", 80));
        assertThatThrownBy(() -> http("advertised", "waltally_1:8080"))
                .hasMessageStartingWith("http.advertised is \"waltally_1:8080\": has an underscore");
        assertThatThrownBy(() -> http("host", "waltally_1", "read-tokens.a", TOKEN))
                .hasMessageStartingWith("http.host is \"waltally_1\": has an underscore");
        for (String wrong : List.of("waltally-1", "waltally-1:0", "waltally-1:65536", "http://waltally-1:80", ":80")) {
            assertThatThrownBy(() -> http("advertised", wrong))
                    .isInstanceOf(ConfigException.class)
                    .hasMessage("http.advertised is \"" + wrong
                            + "\": must be host:port, such as 10.0.0.7:8080 or [fd00::7]:8080");
        }
    }

    @Test
    void thisMachineReachesTheApiWhereverItListens() {
        assertThat(http("host", "0.0.0.0", "read-tokens.a", TOKEN).fromHere()).hasToString("127.0.0.1:8080");
        assertThat(http("host", "::", "read-tokens.a", TOKEN).fromHere()).hasToString("[::1]:8080");
        assertThat(http("host", "10.0.0.7", "advertised", "outside:80", "read-tokens.a", TOKEN)
                        .fromHere())
                .hasToString("10.0.0.7:8080");
    }

    @Test
    void commandsTakeTheTokenOfTheFileThenOfTheEnvironmentThenOfTheConfiguration(@TempDir Path directory)
            throws IOException {
        HttpSettings settings = http("read-tokens.a", TOKEN, "operate-tokens.b", OTHER);
        Path file = Files.writeString(directory.resolve("token"), "of-the-file\n");
        Map<String, String> environment = Map.of("WALTALLY_HTTP_TOKEN", "of-the-environment");
        assertThat(InstanceToken.of(Optional.of(file), settings, environment)).contains(new Secret("of-the-file"));
        assertThat(InstanceToken.of(Optional.empty(), settings, environment))
                .contains(new Secret("of-the-environment"));
        assertThat(InstanceToken.of(Optional.empty(), settings, Map.of("WALTALLY_HTTP_TOKEN", "")))
                .contains(new Secret(OTHER));
        assertThat(InstanceToken.of(Optional.empty(), http("read-tokens.a", TOKEN), Map.of()))
                .contains(new Secret(TOKEN));
        assertThat(InstanceToken.of(Optional.empty(), http(), Map.of())).isEmpty();
    }

    @Test
    void invalidTokensAreRejected(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("token");
        assertThatThrownBy(() -> InstanceToken.of(Optional.of(file), http(), Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessage("--token-file is \"" + file + "\": there is no such file");
        Files.writeString(file, "two\nlines");
        assertThatThrownBy(() -> InstanceToken.of(Optional.of(file), http(), Map.of()))
                .hasMessage(
                        "--token-file " + file + " has no token: it must be one line of letters, digits and ._~+/-");
        assertThatThrownBy(() -> InstanceToken.of(Optional.empty(), http(), Map.of("WALTALLY_HTTP_TOKEN", "a b")))
                .hasMessage("WALTALLY_HTTP_TOKEN has no token: it must be one line of letters, digits and ._~+/-");
    }

    /** @param values names below {@code http}, and values, in turn */
    private static HttpSettings http(String... values) {
        Map<String, String> given = new HashMap<>();
        for (int i = 0; i < values.length; i += 2) {
            given.put("http." + values[i], values[i + 1]);
        }
        return Configuration.from(given).http();
    }
}
