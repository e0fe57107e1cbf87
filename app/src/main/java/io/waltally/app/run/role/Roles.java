package io.waltally.app.run.role;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The roles of an instance that have been made so far. */
public record Roles(
        List<CaptureRole> captures,
        Optional<StreamsRole> streams,
        Optional<WebhooksRole> webhooks,
        Optional<SinksRole> sinks) {
    public static final Roles NONE = new Roles(List.of(), Optional.empty(), Optional.empty(), Optional.empty());

    public Roles {
        captures = List.copyOf(captures);
    }

    public Roles with(List<CaptureRole> made) {
        return new Roles(made, streams, webhooks, sinks);
    }

    public Roles with(StreamsRole made) {
        return new Roles(captures, Optional.of(made), webhooks, sinks);
    }

    public Roles with(WebhooksRole made) {
        return new Roles(captures, streams, Optional.of(made), sinks);
    }

    public Roles with(SinksRole made) {
        return new Roles(captures, streams, webhooks, Optional.of(made));
    }

    public List<Role> all() {
        List<Role> all = new ArrayList<>(captures);
        streams.ifPresent(all::add);
        webhooks.ifPresent(all::add);
        sinks.ifPresent(all::add);
        return all;
    }
}
