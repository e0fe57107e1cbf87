package io.waltally.app.http.page;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.http.ApiFixture;
import io.waltally.app.http.ApiFixture.Answer;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PageRoutesTest {
    private static final String SECRET = "0123456789abcdef";

    @Test
    void thePageNeedsNoTokenAndTheApiBehindItDoes() {
        try (ApiFixture api = new ApiFixture(Map.of("read-tokens.reader", SECRET))) {
            for (String path : new PageRoutes().paths()) {
                Answer answer = api.get(path);
                assertThat(answer.status()).as(path).isEqualTo(200);
                assertThat(api.head(path).status()).as(path).isEqualTo(200);
            }
            assertThat(api.get("/api/instance").status()).isEqualTo(401);
            assertThat(api.get("/page/").status()).isEqualTo(401);
        }
    }

    @Test
    void everyFileComesWithAPolicyThatAllowsNothingFromElsewhereAndNothingInline() {
        try (ApiFixture api = new ApiFixture()) {
            for (String path : new PageRoutes().paths()) {
                Answer answer = api.get(path);
                assertThat(answer.header("content-security-policy"))
                        .as(path)
                        .startsWith("default-src 'none'; script-src 'self' 'sha256-")
                        .contains("frame-ancestors 'none'", "require-trusted-types-for 'script'")
                        .doesNotContain("unsafe", "http:", "https:", "*");
                assertThat(answer.header("x-content-type-options")).isEqualTo("nosniff");
            }
        }
    }

    @Test
    void whatIsUnchangedIsNotSentAgain() {
        try (ApiFixture api = new ApiFixture()) {
            Answer first = api.get("/page/main.js");
            assertThat(first.contentType()).startsWith("text/javascript");
            Answer second = api.send("GET", "/page/main.js", "If-None-Match", first.header("etag"));
            assertThat(second.status()).isEqualTo(304);
            assertThat(second.json().asText()).isEmpty();
        }
    }

    @Test
    void everyFileThatThePageNamesIsThere() {
        try (ApiFixture api = new ApiFixture()) {
            Stream.concat(
                            names(api.get("/").json().asText(), "(?:src|href)=\"([^\"]+)\""),
                            new PageRoutes()
                                    .paths().stream()
                                            .filter(path -> path.endsWith(".js"))
                                            .flatMap(path -> names(
                                                    api.get(path).json().asText(), "from ?['\"]\\./([^'\"]+)['\"]"))
                                            .map(name -> "page/" + name))
                    .forEach(name -> assertThat(new PageRoutes().paths()).contains("/" + name));
        }
    }

    private static Stream<String> names(String text, String pattern) {
        return Pattern.compile(pattern).matcher(text).results().map((MatchResult match) -> match.group(1));
    }
}
