package io.waltally.app.command.top;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.command.common.InstanceOptions;
import io.waltally.app.command.common.RunningInstance;
import io.waltally.app.config.Configuration;
import io.waltally.app.fixture.Wait;
import io.waltally.app.http.ApiFixture;
import io.waltally.app.http.FakeTallies;
import io.waltally.app.run.StopSignal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StateFollowerTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final Map<String, String> EVENT =
            Map.of("id", "evt_1", "type", "s3:ObjectCreated:Put", "time", "2026-11-28T12:00:00Z", "subject", "a");

    private final StopSignal stop = new StopSignal();
    private final LiveState state = new LiveState();

    @AfterEach
    void stop() {
        stop.request();
    }

    private static void until(Callable<Boolean> condition) {
        Wait.until(TIMEOUT, () -> "the condition", condition);
    }

    private StateFollower follow(int port) {
        RunningInstance instance = new InstanceOptions()
                .instance(Configuration.from(Map.of("http.port", Integer.toString(port)))
                        .http());
        StateFollower follower = new StateFollower(instance, state, stop);
        follower.start();
        return follower;
    }

    private static void publish(ApiFixture api) {
        api.produced.next.add(log -> {
            log.appendState("status", Map.of("ready", true));
            log.append("notifications", Map.of("items", List.of(EVENT), "left_out", 0));
        });
    }

    @Test
    void afterARestartTheStateIsThatOfTheNewProcess() throws IOException {
        int port;
        StateFollower follower;
        try (ApiFixture api = ApiFixture.streaming(Map.of())) {
            api.tallies.backends.put("before", FakeTallies.quota(1));
            publish(api);
            port = api.port();
            follower = follow(port);
            until(() -> state.snapshot().notifications().size() == 1);
            assertThat(state.snapshot().backends()).containsOnlyKeys("before");
            assertThat(follower.problem()).isEmpty();
        }
        until(() -> follower.problem().contains("no instance answers"));
        // What a proxy answers meanwhile.
        try (ServerSocket proxy = new ServerSocket(port, 5, InetAddress.getLoopbackAddress());
                Socket asked = proxy.accept()) {
            asked.getInputStream().read(new byte[1_000]);
            asked.getOutputStream()
                    .write("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            until(() -> follower.problem().contains("answered 502"));
            follower.requireAdmitted();
        }
        try (ApiFixture api = ApiFixture.streaming(Map.of("port", Integer.toString(port)))) {
            api.tallies.backends.put("after", FakeTallies.quota(1));
            publish(api);
            until(() -> state.snapshot().backends().containsKey("after"));
            until(() -> follower.problem().isEmpty());
            assertThat(state.snapshot().backends()).containsOnlyKeys("after");
            until(() -> !state.snapshot().notifications().isEmpty());
            assertThat(state.snapshot().notifications()).hasSize(1);
        }
    }

    @Test
    void theFullestBackendsAreReadAlsoOnceThereAreTallies() {
        try (ApiFixture api = ApiFixture.streaming(Map.of())) {
            follow(api.port());
            until(() -> api.events.clients() == 1);
            for (int i = 0; i < 1_001; i++) {
                api.tallies.backends.put("b" + i, FakeTallies.quota(1));
            }
            api.tallies.backends.put("the fullest", FakeTallies.quota(9));
            api.produced.next.add(log -> log.appendMissed(Set.of("backends")));
            until(() -> state.snapshot().backends().containsKey("the fullest"));
        }
    }
}
