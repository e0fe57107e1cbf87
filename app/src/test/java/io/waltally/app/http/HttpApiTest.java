package io.waltally.app.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.http.ApiFixture.Answer;
import io.waltally.app.http.route.Readiness;
import io.waltally.app.http.server.ApiDocument;
import io.waltally.app.http.server.ListenException;
import io.waltally.app.http.stream.EventStream;
import io.waltally.app.tally.AsOf;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.UserStorage;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpApiTest {
    private final ApiFixture api = new ApiFixture();
    private final FakeTallies tallies = api.tallies;

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void listsAreItemsByNameWithAsOfAndNext() {
        // Given
        tallies.backends.put("r2", FakeTallies.quota(5));
        tallies.backends.put("minio", FakeTallies.quota(0));
        // When
        Answer answer = api.get("/api/backends");
        // Then
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.texts("backend_name")).containsExactly("minio", "r2");
        assertThat(answer.json().at("/items/1/bytes_used").asLong()).isEqualTo(5);
        assertThat(answer.json().path("as_of").isObject()).isTrue();
        assertThat(answer.json().path("next").isNull()).isTrue();
    }

    @Test
    void aBackendHasItsUsageByMonthBesideItsStorage() {
        tallies.backends.put("b", FakeTallies.quota(5));
        tallies.usage.put("2026-11", FakeTallies.used(7));
        tallies.usage.put("2026-10", FakeTallies.used(6));
        JsonNode backend = api.get("/api/backends/b").json();
        assertThat(backend.path("utilization").asDouble()).isEqualTo(0.5);
        assertThat(backend.path("usage").findValuesAsText("period")).containsExactly("2026-10", "2026-11");
        assertThat(backend.at("/usage/1/api_requests").asLong()).isEqualTo(7);
        assertThat(backend.at("/usage/1/api_requests_limit").asLong()).isEqualTo(100);
        assertThat(backend.has("as_of")).isTrue();
    }

    @Test
    void theLevelOfALoggerIsSetUntilAnotherIs() {
        String logger = "/api/loggers/" + HttpApi.class.getName();
        assertThat(api.post(logger, "application/json", "{\"level\": \"debug\"}")
                        .json()
                        .path("level")
                        .asText())
                .isEqualTo("DEBUG");
        assertThat(api.get("/api/loggers").texts("name")).contains(HttpApi.class.getName());
        assertThat(api.post(logger, "application/json", "{\"level\": null}").status())
                .isEqualTo(200);
        assertThat(api.get("/api/loggers").texts("name")).doesNotContain(HttpApi.class.getName());
        for (String wrong :
                List.of("", "{}", "[]", "{\"level\": 1}", "{\"level\": \"LOUD\"}", "{\"level\": null, \"a\": 1}")) {
            assertThat(api.post(logger, "application/json", wrong).status())
                    .as(wrong)
                    .isEqualTo(400);
        }
        api.post(logger, "application/json", "{\"level\": \"LOUD\"}")
                .isProblem(400, "level is \"LOUD\": must be one of OFF, ERROR, WARN, INFO, DEBUG, TRACE");
        assertThat(api.post("/api/loggers/nobody", "application/json", "{\"level\": null}")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void theFirstPageOfBucketsHasTheTotalsOfAllPages() {
        // Given
        tallies.buckets.put("photos", FakeTallies.bucket(100, 2));
        tallies.buckets.put("backups", FakeTallies.bucket(11, 3));
        // When
        JsonNode first = api.get("/api/buckets?limit=1").json();
        JsonNode second = api.get(
                        "/api/buckets?limit=1&cursor=" + first.path("next").asText())
                .json();
        // Then
        assertThat(first.at("/items/0/bucket").asText()).isEqualTo("backups");
        assertThat(first.at("/totals/logical_bytes").asLong()).isEqualTo(111);
        assertThat(first.at("/totals/stored_bytes").asLong()).isEqualTo(233);
        assertThat(first.at("/totals/object_count").asLong()).isEqualTo(2);
        assertThat(first.at("/totals/copy_count").asLong()).isEqualTo(5);
        assertThat(second.at("/items/0/bucket").asText()).isEqualTo("photos");
        assertThat(second.has("totals")).isFalse();
    }

    @Test
    void listsAreSortedByAFigureWithinAPrefixAndPagedAsSorted() {
        // Given
        tallies.buckets.put("a1", FakeTallies.bucket(5, 1));
        tallies.buckets.put("a2", FakeTallies.bucket(7, 1));
        tallies.buckets.put("a3", FakeTallies.bucket(7, 1));
        tallies.buckets.put("a4", FakeTallies.bucket(1, 9));
        tallies.buckets.put("b", FakeTallies.bucket(99, 1));
        // When
        String request = "/api/buckets?prefix=a&sort=-logical_bytes&limit=2";
        Answer first = api.get(request);
        Answer second = api.get(request + "&cursor=" + first.json().path("next").asText());
        // Then
        assertThat(first.texts("bucket")).containsExactly("a2", "a3");
        assertThat(first.json().has("totals")).isFalse();
        assertThat(second.texts("bucket")).containsExactly("a1", "a4");
        assertThat(second.json().path("next").isNull()).isTrue();
        assertThat(api.get("/api/buckets?prefix=a&limit=1000").texts("bucket")).containsExactly("a1", "a2", "a3", "a4");
        assertThat(api.get("/api/buckets?sort=stored_bytes&limit=1").texts("bucket"))
                .containsExactly("a1");
        api.get("/api/buckets?sort=bytes_used")
                .isProblem(
                        400,
                        "sort is \"bytes_used\": must be name, or one of copy_count, logical_bytes, object_count,"
                                + " over_replicated, stored_bytes, under_replicated, with a - before it for the largest"
                                + " first");
    }

    @Test
    void listsAreSortedExactlyByWhatAStoreCanHold() {
        // Given
        long beyond = 1L << 53;
        tallies.backends.put("a", FakeTallies.quota(beyond + 1));
        tallies.backends.put("b", FakeTallies.quota(beyond));
        tallies.backends.put("c", FakeTallies.quota(beyond + 2));
        tallies.backends.put(
                "unlimited",
                new BackendQuota(
                        -3L, 1L, 0L, 0L, 0L, null, -0.3, FakeTallies.quota(0).getLastChange(), false));
        // Then
        assertThat(sortedByPages("bytes_used")).containsExactly("unlimited", "b", "a", "c");
        assertThat(sortedByPages("-bytes_limit")).containsExactly("unlimited", "a", "b", "c");
        assertThat(sortedByPages("bytes_available")).containsExactly("c", "a", "b", "unlimited");
        assertThat(sortedByPages("-inflight_bytes")).containsExactly("a", "b", "c", "unlimited");
        assertThat(sortedByPages("utilization").get(0)).isEqualTo("unlimited");
    }

    private List<String> sortedByPages(String figure) {
        List<String> names = new ArrayList<>();
        String path = "/api/backends?limit=1&sort=" + figure;
        JsonNode page = api.get(path).json();
        while (true) {
            names.addAll(page.path("items").findValuesAsText("backend_name"));
            if (page.path("next").isNull()) {
                return names;
            }
            page = api.get(path + "&cursor=" + page.path("next").asText()).json();
        }
    }

    @Test
    void aUsersCollectionsAreSortedByAFigureWithinAPrefix() {
        tallies.collections.put(1, FakeTallies.collection("clients", 3));
        tallies.collections.put(2, FakeTallies.collection("crypto", 5));
        tallies.collections.put(3, FakeTallies.collection("tabs", 9));
        tallies.collections.put(4, FakeTallies.collection(null, 4));
        String request = "/api/users/42/collections?sort=-count&limit=2";
        Answer first = api.get(request);
        assertThat(first.texts("collection_id")).containsExactly("3", "2");
        assertThat(api.get(request + "&cursor=" + first.json().path("next").asText())
                        .texts("collection_id"))
                .containsExactly("4", "1");
        assertThat(api.get("/api/users/42/collections?prefix=c&sort=count").texts("collection"))
                .containsExactly("clients", "crypto");
        String byId =
                api.get("/api/users/42/collections?limit=1").json().path("next").asText();
        assertThat(api.get("/api/users/42/collections?sort=count&cursor=" + byId)
                        .texts("collection_id"))
                .as("what follows the item of another order")
                .containsExactly("4", "2", "3");
        api.get("/api/users/42/collections?sort=name")
                .isProblem(
                        400,
                        "sort is \"name\": must be collection_id, or one of count, modified, total_bytes, with a -"
                                + " before it for the largest first");
    }

    @Test
    void aCursorOfAnotherOrderContinuesAfterTheItemThatItNames() {
        tallies.backends.put("a", FakeTallies.quota(3));
        tallies.backends.put("b", FakeTallies.quota(2));
        tallies.backends.put("c", FakeTallies.quota(1));
        String byName = api.get("/api/backends?limit=1").json().path("next").asText();
        assertThat(api.get("/api/backends?sort=-bytes_used&cursor=" + byName).texts("backend_name"))
                .containsExactly("b", "c");
        String byFigure = api.get("/api/backends?limit=2&sort=-bytes_used")
                .json()
                .path("next")
                .asText();
        assertThat(api.get("/api/backends?cursor=" + byFigure).texts("backend_name"))
                .containsExactly("c");
    }

    @Test
    void deadLettersComeInPagesTheLatestFirst() {
        for (int age = 1; age <= 4; age++) {
            api.deadLetters.add(age, FakeDeadLetters.letter().put("id", "y" + age));
        }
        ApiFixture.Answer first = api.get("/api/dead-letters?limit=2");
        assertThat(first.texts("id")).containsExactly("x", "y1");
        ApiFixture.Answer second = api.get(
                "/api/dead-letters?limit=2&cursor=" + first.json().path("next").asText());
        assertThat(second.texts("id")).containsExactly("y2", "y3");
        ApiFixture.Answer last = api.get(
                "/api/dead-letters?limit=2&cursor=" + second.json().path("next").asText());
        assertThat(last.texts("id")).containsExactly("y4");
        assertThat(last.json().path("next").isNull()).isTrue();
        api.get("/api/dead-letters?cursor=y2").isProblem(400, "cursor is \"y2\": must be what this list gave as next");
    }

    @Test
    void deadLettersAreListedReplayedAndDropped() {
        assertThat(api.get("/api/dead-letters?stage=streams").texts("id")).contains("x");
        assertThat(api.get("/api/dead-letters?stage=sinks").json().path("items"))
                .isEmpty();
        api.get("/api/dead-letters?stage=stream")
                .isProblem(400, "stage is \"stream\": must be one of capture, streams, webhooks, sinks");
        String one = "{\"stage\": \"streams\", \"ids\": [\"x\"]}";
        assertThat(api.post("/api/dead-letters/replay", "application/json", one).status())
                .isEqualTo(202);
        assertThat(api.post("/api/dead-letters/drop", "application/json", one)
                        .json()
                        .path("count")
                        .asInt())
                .isEqualTo(1);
        api.post("/api/dead-letters/drop", "application/json", one.replace("x", "y"))
                .isProblem(404, "none of these dead letters is open");
        api.post("/api/dead-letters/replay", "application/json", one.replace("streams", "capture"))
                .isProblem(409, "dead letters of capture cannot be put back");
        api.post("/api/dead-letters/drop", "application/json", "{\"stage\": \"streams\", \"ids\": []}")
                .isProblem(400, "ids must have from 1 to 1000 ids");
        api.post("/api/dead-letters/drop", "application/json", "{}")
                .isProblem(400, "the body must be like {\"stage\": \"webhooks\", \"ids\": [\"evt_1\"]}");
    }

    @Test
    void theInstanceSaysWhatItIsAndWhatTheCallerMayDo() {
        assertThat(api.get("/api/instance").json().path("operate").asBoolean()).isTrue();
        assertThat(api.get("/api/instance").json().path("capacity_threshold").asDouble())
                .isEqualTo(ApiFixture.CAPACITY_THRESHOLD);
        String secret = "0123456789abcdef";
        try (ApiFixture guarded = new ApiFixture(Map.of("read-tokens.reader", secret))) {
            JsonNode instance = guarded.send("GET", "/api/instance", "Authorization", "Bearer " + secret)
                    .json();
            assertThat(instance.path("token").asText()).isEqualTo("reader");
            assertThat(instance.path("operate").asBoolean()).isFalse();
        }
    }

    @Test
    void whateverTheNameOfABucketOrBackendIsItHasAPath() {
        List<String> names = List.of("", "a b", "100%", "ä€😀", "a+b", "a;b", "?", "#", "a&b=c", ".hidden");
        names.forEach(name -> tallies.buckets.put(name, FakeTallies.bucket(1, 1)));
        names.forEach(name -> tallies.backends.put(name, FakeTallies.quota(1)));
        for (String name : names) {
            assertThat(api.get("/api/buckets/" + encoded(name))
                            .json()
                            .path("bucket")
                            .asText("absent"))
                    .isEqualTo(name);
            assertThat(api.get("/api/backends/" + encoded(name))
                            .json()
                            .path("backend_name")
                            .asText("absent"))
                    .isEqualTo(name);
        }
        tallies.backends.put("eu/west", FakeTallies.quota(1));
        assertThat(api.get("/api/backends/eu%2Fwest")
                        .json()
                        .path("backend_name")
                        .asText())
                .isEqualTo("eu/west");
    }

    private static String encoded(String name) {
        StringBuilder encoded = new StringBuilder();
        for (byte octet : name.getBytes(StandardCharsets.UTF_8)) {
            encoded.append(String.format("%%%02X", octet));
        }
        return encoded.toString();
    }

    @Test
    void aUsersCollectionsAreListedByIdWithTheTotalsOfTheUser() {
        // Given
        tallies.collections.put(101, FakeTallies.collection(null, 0));
        tallies.collections.put(7, FakeTallies.collection("bookmarks", 3));
        tallies.storage.put(42L, FakeTallies.stored(3));
        // When
        Answer answer = api.get("/api/users/42/collections");
        // Then
        assertThat(answer.texts("collection_id")).containsExactly("7", "101");
        assertThat(answer.json().at("/items/0/user_id").asLong()).isEqualTo(42);
        assertThat(answer.json().at("/items/0/collection").asText()).isEqualTo("bookmarks");
        assertThat(answer.json().at("/items/0/modified").asText()).isEqualTo("1970-01-01T00:00:00Z");
        assertThat(answer.json().at("/totals/total_bytes").asLong() / 1024.0).isEqualTo(1.5);
        assertThat(answer.json().at("/totals/quota_bytes").asLong()).isEqualTo(2_097_152_000L);
    }

    @Test
    void aUserWithoutCollectionsIsAnEmptyListAndHasNoStorage() {
        Answer collections = api.get("/api/users/42/collections");
        assertThat(collections.status()).isEqualTo(200);
        assertThat(collections.json().path("items")).isEmpty();
        assertThat(collections.json().path("totals").isNull()).isTrue();
        api.get("/api/users/42/storage").isProblem(404, "user 42 has no storage");
        tallies.storage.put(42L, FakeTallies.stored(3));
        assertThat(api.get("/api/users/42/storage").json().path("total_bytes").asLong())
                .isEqualTo(1536);
    }

    @Test
    void usersAreListedByIdWithTheTotalsOfAll() {
        // Given
        tallies.storage.put(7L, FakeTallies.stored(1));
        tallies.storage.put(42L, FakeTallies.stored(5));
        tallies.storage.put(1000L, FakeTallies.stored(3));
        tallies.asOf.put(Source.SYNC, new AsOf(Source.SYNC, 1, new Lsn(32)));
        // When
        JsonNode first = api.get("/api/users?limit=2").json();
        Answer second =
                api.get("/api/users?limit=2&cursor=" + first.path("next").asText());
        // Then
        assertThat(first.path("items").findValuesAsText("user_id")).containsExactly("7", "42");
        assertThat(first.at("/items/1/total_bytes").asLong()).isEqualTo(2560);
        assertThat(first.at("/totals/users").asLong()).isEqualTo(3);
        assertThat(first.at("/totals/total_bytes").asLong()).isEqualTo(9 * 512);
        assertThat(first.at("/as_of/sync/lsn").asText()).isEqualTo("0/20");
        assertThat(second.texts("user_id")).containsExactly("1000");
        assertThat(second.json().path("next").isNull()).isTrue();
        assertThat(second.json().has("totals")).isFalse();
    }

    @Test
    void totalsOfUsersBeyondLongsAreTheLargestLongAndDegraded() {
        tallies.storage.put(7L, FakeTallies.stored(1));
        assertThat(api.get("/api/users").json().at("/totals/degraded").asBoolean(true))
                .isFalse();
        UserStorage one = FakeTallies.stored(1);
        tallies.storage.put(8L, new UserStorage(1L, Long.MAX_VALUE, 1, 0L, one.getLastChange(), false));
        JsonNode totals = api.get("/api/users").json().path("totals");
        assertThat(totals.path("total_bytes").bigIntegerValue()).isEqualTo(BigInteger.valueOf(Long.MAX_VALUE));
        assertThat(totals.path("degraded").asBoolean()).isTrue();
    }

    @Test
    void usersAreSortedByStorageAndSelectedByTheBeginningOfTheId() {
        for (long id : new long[] {4, 42, 43, 420, 5, -4, -42}) {
            tallies.storage.put(id, FakeTallies.stored(Math.abs(id)));
        }
        assertThat(api.get("/api/users?sort=-total_bytes&limit=3").texts("user_id"))
                .containsExactly("420", "43", "-42");
        String next = api.get("/api/users?sort=-total_bytes&limit=3")
                .json()
                .path("next")
                .asText();
        assertThat(api.get("/api/users?sort=-total_bytes&limit=2&cursor=" + next)
                        .texts("user_id"))
                .containsExactly("42", "5");
        assertThat(api.get("/api/users?prefix=4").texts("user_id")).containsExactly("4", "42", "43", "420");
        assertThat(api.get("/api/users?prefix=42&sort=-total_bytes").texts("user_id"))
                .containsExactly("420", "42");
        assertThat(api.get("/api/users?prefix=-").texts("user_id")).containsExactly("-42", "-4");
        assertThat(api.get("/api/users?prefix=6").json().path("items")).isEmpty();
        api.get("/api/users?prefix=04").isProblem(400, "prefix is \"04\": must be the beginning of a whole number");
        api.get("/api/users?sort=count")
                .isProblem(400, "sort is \"count\": must be id, or -total_bytes for the largest first");
    }

    @Test
    void pagesContainEachRemainingItemOnceDuringChanges() {
        // Given
        for (int i = 0; i < 25; i++) {
            tallies.buckets.put("stays-" + i, FakeTallies.bucket(1, 1));
            tallies.buckets.put("goes-" + i, FakeTallies.bucket(1, 1));
        }
        List<String> seen = new ArrayList<>();
        JsonNode next = null;
        do {
            // When
            Answer page = api.get("/api/buckets?limit=7" + (next == null ? "" : "&cursor=" + next.asText()));
            seen.addAll(page.texts("bucket"));
            next = page.json().path("next");
            // And what the next page would begin behind goes, others come
            tallies.buckets.remove(seen.get(seen.size() - 1).replace("stays", "goes"));
            tallies.buckets.put("comes-" + seen.size(), FakeTallies.bucket(1, 1));
        } while (!next.isNull());
        // Then
        assertThat(seen).doesNotHaveDuplicates().isSorted();
        assertThat(seen.stream().filter(name -> name.startsWith("stays-"))).hasSize(25);
    }

    @Test
    void theCursorBehindTheBucketWithoutNameIsATextToo() {
        tallies.buckets.put("", FakeTallies.bucket(1, 1));
        tallies.buckets.put("photos", FakeTallies.bucket(1, 1));
        String cursor = api.get("/api/buckets?limit=1").json().path("next").asText();
        assertThat(cursor).isNotEmpty();
        assertThat(api.get("/api/buckets?cursor=" + cursor).texts("bucket")).containsExactly("photos");
        api.get("/api/buckets?cursor=").isProblem(400, "cursor is \"\": must be what this list gave as next");
    }

    @Test
    void aPageThatTheListFillsExactlyIsTheLast() {
        tallies.collections.put(1, FakeTallies.collection("clients", 1));
        tallies.collections.put(2, FakeTallies.collection("crypto", 1));
        assertThat(api.get("/api/users/42/collections?limit=2")
                        .json()
                        .path("next")
                        .isNull())
                .isTrue();
        String cursor =
                api.get("/api/users/42/collections?limit=1").json().path("next").asText();
        Answer last = api.get("/api/users/42/collections?limit=1&cursor=" + cursor);
        assertThat(last.texts("collection")).containsExactly("crypto");
        assertThat(last.json().path("next").isNull()).isTrue();
    }

    @Test
    void errorsAreProblemDocuments() {
        api.get("/api/backends/nowhere").isProblem(404, "there is no backend \"nowhere\"");
        api.get("/api/backends/%C3%BCn").isProblem(404, "there is no backend \"ün\"");
        api.get("/api/buckets/nowhere").isProblem(404, "there is no bucket \"nowhere\"");
        api.get("/api/users/me/collections").isProblem(400, "user id is \"me\": must be a whole number");
        api.get("/nothing/here").isProblem(404, "no such path: /nothing/here; /api/openapi.json lists all paths");
        Answer notAllowed = api.delete("/api/backends");
        notAllowed.isProblem(405, "/api/backends takes GET, HEAD");
        assertThat(notAllowed.header("allow")).isEqualTo("GET, HEAD");
        tallies.notNow = Optional.of("the topologies are starting");
        Answer notNow = api.get("/api/backends");
        notNow.isProblem(503, "the topologies are starting");
        assertThat(notNow.header("retry-after")).isEqualTo("1");
        // And a mistake of the program
        api.readiness = null;
        api.get("/readyz").isProblem(500, "the request failed; the log says why");
    }

    @Test
    void whatTheServerItselfRefusesIsAProblemDocumentToo() throws IOException {
        assertThat(api.raw("GET /api/buckets/%zz HTTP/1.1", "", "Host: waltally"))
                .startsWith("HTTP/1.1 400 ")
                .contains(
                        "Content-Type: application/problem+json",
                        "\"status\":400",
                        "the request is malformed: its path or one of its headers cannot be read");
        assertThat(api.raw("GET /api/buckets/%FF HTTP/1.1", "", "Host: waltally"))
                .startsWith("HTTP/1.1 400 ")
                .contains("Content-Type: application/problem+json", "\"instance\":\"/api/buckets/%FF\"");
        assertThat(api.raw("GET /" + "x".repeat(10_000) + " HTTP/1.1", "", "Host: waltally"))
                .startsWith("HTTP/1.1 414 ")
                .contains("Content-Type: application/problem+json");
    }

    @Test
    void parametersThatAreNotKnownOrTwiceOrMalformedAreRefused() {
        api.get("/api/backends?limits=1")
                .isProblem(400, "\"limits\" is not a parameter of this path; did you mean limit?");
        api.get("/api/users/42/storage?limit=1")
                .isProblem(400, "\"limit\" is not a parameter of this path; there are min_lsn, timeout");
        api.get("/api/status?verbose=true")
                .isProblem(400, "\"verbose\" is not a parameter of this path, which has none");
        api.get("/api/backends?limit=1&limit=2").isProblem(400, "limit is given more than once");
        for (String limit : List.of("0", "1001", "many", "")) {
            api.get("/api/backends?limit=" + limit)
                    .isProblem(400, "limit is \"" + limit + "\": must be a whole number from 1 to 1000");
        }
        tallies.buckets.put("a", FakeTallies.bucket(1, 1));
        tallies.buckets.put("b", FakeTallies.bucket(1, 1));
        String ofBuckets = api.get("/api/buckets?limit=1").json().path("next").asText();
        for (String cursor : List.of("?", "YQ", "", ofBuckets)) {
            api.get("/api/users/42/collections?cursor=" + cursor)
                    .isProblem(400, "cursor is \"" + cursor + "\": must be what this list gave as next");
        }
    }

    @Test
    void headIsAnsweredAsGetWithoutTheBody() {
        tallies.backends.put("b", FakeTallies.quota(5));
        for (String path : List.of("/api/backends", "/api/backends/b", "/api/status", "/healthz", "/metrics")) {
            Answer head = api.head(path);
            assertThat(head.status()).as(path).isEqualTo(200);
            assertThat(head.contentType()).as(path).isEqualTo(api.get(path).contentType());
            assertThat(head.json().asText()).as(path).isEmpty();
        }
        assertThat(api.head("/api/backends/nowhere").status()).isEqualTo(404);
        assertThat(api.head("/api/backends?limit=0").status()).isEqualTo(400);
    }

    @Test
    void anInstanceWithoutTopologiesSaysSo() {
        try (ApiFixture other = ApiFixture.withoutTallies()) {
            for (String path : List.of("/api/backends", "/api/buckets", "/api/users", "/api/users/42/storage")) {
                other.get(path)
                        .isProblem(503, "this instance does not run the topologies (role streams); ask one that does");
            }
        }
    }

    @Test
    void theStatusHasTheNamesOfTheContract() {
        JsonNode status = api.get("/api/status").json();
        JsonNode source = status.path("sources").path("s3");
        assertThat(source.path("state").asText()).isEqualTo("streaming");
        assertThat(source.path("server_lsn").asText()).isEqualTo("0/20");
        assertThat(source.path("captured_lsn").asText()).isEqualTo("0/10");
        assertThat(source.path("applied_lsn").isNull()).isTrue();
        assertThat(source.path("lag_bytes").asLong()).isEqualTo(16);
        assertThat(source.path("slot").path("confirmed_flush_lsn").asText()).isEqualTo("0/10");
        assertThat(source.path("slot").path("max_slot_wal_keep_size").asLong()).isEqualTo(64);
        assertThat(source.path("slot").path("seconds_left").asLong()).isEqualTo(8);
        assertThat(source.path("slot").path("failover").asBoolean()).isTrue();
        assertThat(source.path("slot").path("invalidation_reason").isNull()).isTrue();
        assertThat(status.at("/stages/streams/lag").asLong()).isEqualTo(5);
        JsonNode sink = status.at("/sinks/quotas");
        assertThat(sink.path("rows_per_second").asDouble()).isEqualTo(12.5);
        assertThat(sink.path("last_batch").asLong()).isEqualTo(7);
        assertThat(sink.path("lag_bytes").asLong()).isEqualTo(512);
        assertThat(sink.path("lag_seconds").asDouble()).isEqualTo(1.5);
        assertThat(sink.path("retries").asLong()).isEqualTo(4);
        assertThat(sink.path("applied_lsn").asText()).isEqualTo("0/10");
        assertThat(status.at("/sinks/outbox/rows_per_second").isNull()).isTrue();
    }

    @Test
    void theStatusShowsTheTablesThatAreBeingRead() {
        JsonNode snapshot = api.get("/api/status").json().at("/sources/s3/snapshots/0");
        assertThat(snapshot.path("table").asText()).isEqualTo("object_locations");
        assertThat(snapshot.path("rows_per_second").asLong()).isEqualTo(5);
        assertThat(snapshot.path("seconds_left").asLong()).isEqualTo(6);
    }

    @Test
    void readinessIsAStatusCodeWithReasons() {
        assertThat(api.get("/healthz").status()).isEqualTo(200);
        assertThat(api.get("/readyz").status()).isEqualTo(200);
        api.readiness = Readiness.of(List.of("cannot reach Kafka"));
        Answer answer = api.get("/readyz");
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.json().path("reasons").get(0).asText()).isEqualTo("cannot reach Kafka");
        assertThat(api.get("/healthz").status()).isEqualTo(200);
    }

    @Test
    void aResumeReachesTheCaptureOfItsSource() {
        assertThat(api.post("/api/sources/s3/resume?new_epoch=true", "application/json", "{}")
                        .status())
                .isEqualTo(202);
        assertThat(api.post("/api/sources/sync/resume", "application/json", "{}")
                        .status())
                .isEqualTo(202);
        assertThat(api.captures.asked).containsExactly("resume s3 true", "resume sync false");
        api.post("/api/sources/s3/resume?new_epoch=yes", "application/json", "{}")
                .isProblem(400, "new_epoch is \"yes\": must be true or false");
    }

    @Test
    void aSnapshotIsAskedForByTableAndRangeOfKeys() {
        Answer answer = api.post(
                "/api/sources/sync/snapshots",
                "application/json",
                "{\"table\": \"bsos\", \"from\": [\"7\", \"1\"], \"to\": [\"8\"]}");
        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.json().path("id").asText()).isEqualTo("request-7");
        assertThat(api.captures.asked).containsExactly("snapshot sync bsos [7, 1] [8]");
    }

    @Test
    void captureErrorsAreReturnedAsProblemDocuments() {
        api.captures.refusal = new IllegalStateException("there is nothing to resume");
        api.post("/api/sources/s3/resume", "application/json", "{}").isProblem(409, "there is nothing to resume");
        api.captures.refusal = new NoSuchElementException("table x of s3 is not captured");
        api.post("/api/sources/s3/snapshots", "application/json", "{\"table\": \"x\"}")
                .isProblem(404, "table x of s3 is not captured");
        api.captures.refusal = new IllegalArgumentException("abc is no bigint");
        api.post("/api/sources/s3/snapshots", "application/json", "{\"table\": \"x\", \"from\": [\"abc\"]}")
                .isProblem(400, "abc is no bigint");
        api.post("/api/sources/s4/resume", "application/json", "{}")
                .isProblem(400, "no source \"s4\" (there are s3, sync)");
    }

    @Test
    void aSnapshotRequestThatIsNotJsonIsRefused() {
        String path = "/api/sources/s3/snapshots";
        assertThat(api.post(path, "text/plain", "{\"table\": \"x\"}").status()).isEqualTo(415);
        assertThat(api.post(path, "application/json", "{").status()).isEqualTo(400);
        assertThat(api.post(path, "application/json", "{}").status()).isEqualTo(400);
        assertThat(api.captures.asked).isEmpty();
    }

    /** Every path that changes something, whatever is wrong with the request. */
    @Test
    void crossOriginAndMalformedPostsAreRejected() throws IOException {
        String port = ":" + api.port();
        JsonNode paths = ApiDocument.load().json().path("paths");
        List<String> changing = new ArrayList<>();
        paths.fieldNames().forEachRemaining(path -> {
            if (paths.path(path).has("post")) {
                changing.add(path);
            }
        });
        assertThat(changing).hasSizeGreaterThanOrEqualTo(3);
        for (String path : changing) {
            String line = "POST " + path.replace("{source}", "s3").replace("{name}", "busy") + " HTTP/1.1";
            String json = "Content-Type: application/json";
            String own = "Host: 127.0.0.1" + port;
            assertThat(api.raw(line, "{}", own, json, "Origin: https://evil.example"))
                    .startsWith("HTTP/1.1 403 ");
            assertThat(api.raw(line, "{}", own, json, "Origin: null")).startsWith("HTTP/1.1 403 ");
            assertThat(api.raw(line, "{}", "Host: evil.example" + port, json)).startsWith("HTTP/1.1 403 ");
            assertThat(api.raw(line, "a=b", own, "Content-Type: text/plain")).startsWith("HTTP/1.1 415 ");
            assertThat(api.raw(line, "a=b", own, "Content-Type: application/x-www-form-urlencoded"))
                    .startsWith("HTTP/1.1 415 ");
            assertThat(api.raw(line, "{}", own)).startsWith("HTTP/1.1 415 ");
            assertThat(api.raw(line, "{\"tabel\": \"bsos\", \"table\": \"bsos\"}", own, json))
                    .startsWith("HTTP/1.1 400 ");
        }
        assertThat(api.captures.asked).isEmpty();
        String resume = "POST /api/sources/s3/resume HTTP/1.1";
        assertThat(api.raw(resume, "", "Host: localhost" + port, "Origin: http://localhost" + port))
                .startsWith("HTTP/1.1 202 ");
        assertThat(api.raw(resume, "", "Host: [::1]" + port)).startsWith("HTTP/1.1 202 ");
    }

    @Test
    void aTakenPortIsNamed() {
        assertThatThrownBy(() -> new HttpApi(
                                ApiFixture.settings(Map.of("port", Integer.toString(api.port()))),
                                () -> Readiness.of(List.of()),
                                () -> null,
                                () -> "",
                                Optional.empty(),
                                (since, source) -> Optional.empty(),
                                api.captures,
                                Optional.empty(),
                                Optional.empty(),
                                new FakeDeadLetters(),
                                new EventStream(FakeEvents::new, Duration.ZERO),
                                ApiFixture.CAPACITY_THRESHOLD,
                                new FakeHistory())
                        .close())
                .isInstanceOf(ListenException.class)
                .hasMessageContaining("port " + api.port() + " ");
    }

    @Test
    void endpointsAreShownWithWhatTheyHaveAndHaveNotGot() {
        JsonNode items = api.get("/api/webhooks").json().path("items");
        assertThat(items.findValuesAsText("name")).containsExactly("busy", "idle");
        JsonNode busy = items.get(0);
        assertThat(busy.path("state").asText()).isEqualTo("disabled");
        assertThat(busy.path("delivered").asInt()).isEqualTo(100);
        assertThat(busy.path("retrying").asInt()).isEqualTo(4);
        assertThat(busy.at("/last_failure/reason").asText()).isEqualTo("HTTP 410");
        assertThat(busy.at("/first_attempt_seconds/p50").asDouble()).isEqualTo(0.025);
        assertThat(busy.at("/first_attempt_seconds/p99").asDouble()).isEqualTo(0.04);
        assertThat(busy.at("/recent_attempts/0/status").asInt()).isEqualTo(410);
        assertThat(busy.at("/recent_attempts/1/status").isNull()).isTrue();
        assertThat(busy.at("/recent_attempts/1/failure").asText()).isEqualTo("no answer within 5s");
        assertThat(busy.at("/recent_attempts/1/seconds").asDouble()).isEqualTo(5);
        assertThat(busy.at("/success_seconds/p50").asDouble()).isEqualTo(0.025);
        assertThat(items.get(1).at("/success_seconds/p50").isNull()).isTrue();
        assertThat(items.get(1).path("reason").asText()).isEqualTo("no broker answers");
    }

    @Test
    void disabledEndpointIsEnabledByName() {
        assertThat(api.post("/api/webhooks/busy/enable", "application/json", "").status())
                .isEqualTo(202);
        assertThat(api.webhooks.requests).containsExactly("resume busy");
        api.post("/api/webhooks/unknown/enable", "application/json", "")
                .isProblem(404, "there is no endpoint \"unknown\"");
    }

    @Test
    void aBodyIsOneJsonValueInUtf8WithEachFieldOnce() throws IOException {
        Map<String, String> bodies = Map.of(
                "/api/sources/s3/snapshots", "\"table\": \"x\"",
                "/api/sinks/x/resume", "\"reset\": false",
                "/api/loggers/root", "\"level\": \"WARN\"",
                "/api/dead-letters/replay", "\"stage\": \"streams\", \"ids\": [\"x\"]",
                "/api/webhooks/x/change", "\"timeout\": \"1s\"");
        bodies.forEach((path, members) -> {
            String twice = "{" + members + ", " + members + "}";
            assertThat(api.post(path, "application/json", twice).status())
                    .as(path + " " + twice)
                    .isEqualTo(400);
            assertThat(api.post(path, "application/json", "{" + members + "} {}")
                            .status())
                    .as(path)
                    .isEqualTo(400);
            assertThat(api.post(path, "application/json", "{\"\\ud800\": 1, " + members + "}")
                            .status())
                    .as(path)
                    .isEqualTo(400);
            api.post(path, "application/json", ("{\"\u00fc\": 1, " + members + "}").getBytes(ISO_8859_1))
                    .isProblem(400, "the body is not encoded in UTF-8");
            for (String type :
                    List.of("application/json; charset=utf-16", "application/json; charset=x", "text/json")) {
                api.post(path, type, "{" + members + "}").isProblem(415, "the body must be application/json, in UTF-8");
            }
        });
        assertThat(api.raw(
                        "GET /api/buckets HTTP/1.1",
                        "",
                        "Host: 127.0.0.1:" + api.port(),
                        "Content-Type: text/plain; charset=x"))
                .startsWith("HTTP/1.1 400 ");
        assertThat(api.captures.asked).isEmpty();
        assertThat(api.webhooks.requests).isEmpty();
        assertThat(api.post("/api/sinks/x/resume", "Application/JSON; charset=\"UTF-8\"", "{}")
                        .status())
                .isEqualTo(202);
    }

    @Test
    void aLargeBodyIsRefused() throws Exception {
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(api.uri() + "/api/sinks/x/resume"))
                                .header("Content-Type", "application/json")
                                .expectContinue(true)
                                .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[1_000_001]))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(answer.body()).contains("\"the body is larger than 1000000 bytes\"");
    }

    @Test
    void endpointsAreAddedChangedPausedAndRemoved() {
        Answer added = api.post("/api/webhooks", "application/json", """
                {"name": "x", "url": "https://hooks.example.com/x", "events": ["s3:*", "backend.removed"],
                 "concurrency": 3, "allow-http": true, "headers": {"X-Tenant": "a"}}""");
        assertThat(added.status()).isEqualTo(202);
        assertThat(added.json().path("secret").asText()).isEqualTo(FakeWebhooks.SECRET.reveal());
        api.post(
                "/api/webhooks/x/change",
                "application/json",
                "{\"secrets\": [\"whsec_a\", \"whsec_b\"], \"subject-prefix\": null}");
        for (String request : List.of("pause", "resume", "remove", "enable")) {
            assertThat(api.post("/api/webhooks/x/" + request, "application/json", "")
                            .status())
                    .isEqualTo(202);
        }
        assertThat(api.webhooks.requests)
                .containsExactly(
                        "add x {allow-http=true, concurrency=3, events=s3:*,backend.removed, headers.X-Tenant=a,"
                                + " url=https://hooks.example.com/x}",
                        "change x {secrets=whsec_a,whsec_b} [subject-prefix]",
                        "pause x",
                        "resume x",
                        "remove x",
                        "resume x");
        api.post("/api/webhooks/file/remove", "application/json", "")
                .isProblem(409, "endpoint file is in the configuration");
        api.post("/api/webhooks/unrecorded/pause", "application/json", "")
                .isProblem(503, "the request could not be recorded: no broker answers");
        api.post("/api/webhooks/invalid/change", "application/json", "{\"url\": \"x y\"}")
                .isProblem(400, "invalid.url must be a URL");
        api.post("/api/webhooks", "application/json", "{\"url\": \"https://hooks.example.com/\"}")
                .isProblem(400, "the body needs a name");
        for (String body : List.of("", "{}", "[]", "1", "{\"name\"")) {
            assertThat(api.post("/api/webhooks", "application/json", body).status())
                    .as(body)
                    .isEqualTo(400);
        }
        api.post("/api/webhooks/x/change", "application/json", "{\"events\": [\"a,b\"]}")
                .isProblem(400, "events must be a list of texts, none of which has a comma");
    }

    @Test
    void settingsOfAnEndpointHaveTheTypesThatTheDocumentStates() {
        api.post("/api/webhooks", "application/json", """
                {"name": "x", "url": "https://hooks.example.com/x", "secrets": "whsec_a", "rate-limit": 0.5,
                 "batch-size": "7", "allow-private": "true", "headers": {"X-Tenant": null}}""");
        assertThat(api.webhooks.requests)
                .containsExactly("add x {allow-private=true, batch-size=7, rate-limit=0.5, secrets=whsec_a,"
                        + " url=https://hooks.example.com/x}");
        Map.of(
                        "{\"name\": 0, \"url\": \"https://a\"}", "name must be a text",
                        "{\"url\": {\"a\": \"b\"}}", "url must be a text",
                        "{\"timeout\": {}}", "timeout must be a text",
                        "{\"subject-prefix\": 5}", "subject-prefix must be a text",
                        "{\"events\": true}", "events must be a list of texts",
                        "{\"max-attempts\": true}", "max-attempts must be a text or a number",
                        "{\"allow-http\": 1}", "allow-http must be a text or a boolean",
                        "{\"headers\": \"a\"}", "headers must be an object of names and values",
                        "{\"headers\": {\"X-Tenant\": 1}}", "headers.X-Tenant must be a text",
                        "{\"headers.X-Tenant\": \"a\"}", "\"headers.X-Tenant\" is not a setting of an endpoint")
                .forEach((body, detail) -> api.post("/api/webhooks/x/change", "application/json", body)
                        .isProblem(400, detail));
    }

    @Test
    void anInstanceThatDoesNotDeliverSaysSo() {
        try (ApiFixture other = ApiFixture.withoutTallies()) {
            other.get("/api/webhooks")
                    .isProblem(503, "this instance does not deliver notifications (role webhooks); ask one that does");
        }
    }

    @Test
    void sinksAreShownWithTheirLagsAndWhatKeepsThem() {
        JsonNode items = api.get("/api/sinks").json().path("items");
        assertThat(items).hasSize(3);
        JsonNode sink = api.get("/api/sinks/x").json();
        assertThat(sink).isEqualTo(items.path(0));
        assertThat(sink.path("state").asText()).isEqualTo("running");
        assertThat(sink.path("applied_lsn").asText()).isEqualTo("0/10");
        assertThat(sink.at("/lag/records").asInt()).isEqualTo(5);
        assertThat(sink.at("/lag/bytes").asInt()).isEqualTo(16);
        assertThat(sink.at("/lag/seconds").asDouble()).isEqualTo(1.5);
        assertThat(items.path(1).path("reason").asText()).isEqualTo("permission denied");
        assertThat(items.path(1).path("applied_lsn").isNull()).isTrue();
        api.get("/api/sinks/y").isProblem(404, "there is no sink \"y\"; there are x, stuck, unrecorded");
    }

    @Test
    void requestsToSinksAreRecordedOrRefused() {
        api.post("/api/sinks/x/pause", "application/json", "{\"reset\": true}")
                .isProblem(400, "this path takes no body; parameters, if it has any, are in the query");
        assertThat(api.post("/api/sinks/x/pause", "application/json", "").status())
                .isEqualTo(202);
        assertThat(api.post("/api/sinks/x/resume", "application/json", "").status())
                .isEqualTo(202);
        assertThat(api.post("/api/sinks/x/resume", "application/json", "{}").status())
                .isEqualTo(202);
        assertThat(api.post("/api/sinks/x/resume", "application/json", "{\"reset\": true}")
                        .json()
                        .path("sink")
                        .asText())
                .isEqualTo("x");
        assertThat(api.sinks.requests).containsExactly("pause x", "resume x", "resume x", "reset x");
        for (String body : List.of("[]", "{\"reset\": 1}", "{\"rest\": true}", "{\"reset\": true, \"a\": 1}", "1")) {
            api.post("/api/sinks/x/resume", "application/json", body)
                    .isProblem(400, "the body must be absent, or like {\"reset\": true}");
        }
        api.post("/api/sinks/y/pause", "application/json", "")
                .isProblem(404, "there is no sink \"y\"; there are x, stuck, unrecorded");
        api.post("/api/sinks/unrecorded/pause", "application/json", "")
                .isProblem(503, "the request could not be recorded: no broker answers");
        assertThat(api.sinks.requests).hasSize(4);
        try (ApiFixture other = ApiFixture.withoutTallies()) {
            other.get("/api/sinks").isProblem(503, "this instance does not run sinks (role sinks); ask one that does");
        }
    }
}
