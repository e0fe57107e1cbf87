package io.waltally.app.http.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.Javalin;
import io.waltally.app.http.ApiContract;
import io.waltally.app.http.ApiFixture;
import io.waltally.app.http.ApiFixture.Answer;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Checks the API document itself; {@link ApiFixture} checks every response of the other tests against it. */
class ApiDocumentTest {
    private final ApiFixture api = new ApiFixture();

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void theDocumentIsServedAndRequiresTokensWhereTheInstanceDoes() {
        String token = "read-0123456789abcdef";
        try (ApiFixture withTokens = new ApiFixture(Map.of("read-tokens.grafana", token))) {
            Answer answer = withTokens.send("GET", "/api/openapi.json", "Authorization", "Bearer " + token);
            assertThat(answer.contentType()).startsWith("application/json");
            assertThat(answer.json()).isEqualTo(ApiDocument.load().json());
        }
        JsonNode open = api.get("/api/openapi.json").json();
        assertThat(open.path("openapi").asText()).isEqualTo("3.1.0");
        assertThat(open.findParents("security")).isEmpty();
        assertThat(open.path("paths")).hasSameSizeAs(ApiDocument.load().json().path("paths"));
    }

    @Test
    void whatIsDescribedIsThere() {
        ApiContract contract = new ApiContract();
        assertThat(contract.paths("GET")).isNotEmpty();
        for (String path : contract.paths("GET")) {
            Answer answer = api.get(ApiContract.filled(path));
            assertThat(answer.json().path("detail").asText()).as(path).doesNotStartWith("no such path");
            assertThat(answer.status()).as(path).isNotIn(405, 500);
        }
        assertThat(contract.paths("POST")).isNotEmpty();
        for (String path : contract.paths("POST")) {
            String body = ApiContract.body(path);
            assertThat(api.post(ApiContract.filled(path), "application/json", body)
                            .status())
                    .as(path)
                    .isBetween(200, 299);
        }
    }

    @Test
    void aRouteThatIsNotDescribedIsNotAdded() {
        assertThatThrownBy(() -> Javalin.create(config ->
                        new DocumentedRoutes(ApiDocument.load(), config.routes).post("/api/backends", context -> {})))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("openapi.yaml does not describe POST /api/backends");
    }
}
