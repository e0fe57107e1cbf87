package io.waltally.app.command.top;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.RunningInstance;
import io.waltally.app.command.common.UnansweredFailure;
import io.waltally.app.run.StopSignal;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** Keeps a {@link LiveState} current from the event stream of an instance, and reconnects when the connection ends. */
final class StateFollower extends Thread {
    private static final Duration AGAIN = Duration.ofSeconds(1);
    private static final String EVENTS =
            "/api/stream?types=status,rates,backends,notifications,webhooks&last=" + LiveState.NOTIFICATIONS_KEPT;
    private static final String INSTANCE = "/api/instance";
    private static final String BACKENDS = "/api/backends?sort=-utilization&limit=1000";

    private final RunningInstance instance;
    private final LiveState state;
    private final StopSignal stop;
    private volatile String problem = "";
    private volatile Optional<CommandFailure> refusal = Optional.empty();

    StateFollower(RunningInstance instance, LiveState state, StopSignal stop) {
        super("top");
        setDaemon(true);
        this.instance = instance;
        this.state = state;
        this.stop = stop;
    }

    /** The reason why the state is old; empty if it is not. */
    String problem() {
        return problem;
    }

    /** @throws CommandFailure if the instance refuses requests such as these, so that they are not repeated */
    void requireAdmitted() {
        refusal.ifPresent(failure -> {
            throw failure;
        });
    }

    @Override
    public void run() {
        do {
            try {
                problem = instance.follow(EVENTS, this::begin, this::take)
                        ? "the connection to " + instance + " has ended; trying again"
                        : "no instance answers at " + instance + " (http.host, http.port)";
            } catch (IOException e) {
                problem = "no events come from " + instance + ": " + e.getMessage() + "; trying again";
            } catch (UnansweredFailure e) {
                problem = e.getMessage();
            } catch (CommandFailure e) {
                refusal = Optional.of(e);
            }
        } while (refusal.isEmpty() && !stop.await(AGAIN));
    }

    private void begin() {
        state.connected();
        read();
    }

    /** An instance that has no tallies yet sends an event when it has them. */
    private void read() {
        instance.getIfOffered(BACKENDS).ifPresent(page -> state.backends(page.path("items")));
        instance.getIfOffered(INSTANCE).ifPresent(state::instance);
    }

    private void take(String type, JsonNode data) {
        problem = "";
        if (type.equals("missed")) {
            read();
        }
        state.event(type, data);
    }
}
