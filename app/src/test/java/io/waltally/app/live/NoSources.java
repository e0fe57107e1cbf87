package io.waltally.app.live;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Live sources without any state; tests override what they need. */
class NoSources implements LiveSources {
    @Override
    public JsonNode status() {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<CaptureRate> captures() {
        return List.of();
    }

    @Override
    public Optional<Tallies> tallies() {
        return Optional.empty();
    }

    @Override
    public Optional<JsonNode> webhooks() {
        return Optional.empty();
    }

    @Override
    public Optional<JsonNode> sinks() {
        return Optional.empty();
    }

    @Override
    public Optional<JsonNode> deadLetters() {
        return Optional.empty();
    }

    @Override
    public void onBucketChange(Consumer<String> listener) {}
}
