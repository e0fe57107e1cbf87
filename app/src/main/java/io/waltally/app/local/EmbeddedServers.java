package io.waltally.app.local;

import io.waltally.app.command.common.CommandFailure;

/** Checks that this installation includes the embedded servers. */
public final class EmbeddedServers {
    private static final String WITNESS = "io.waltally.embedded.Infrastructure";

    private EmbeddedServers() {}

    /** @throws CommandFailure if it does not */
    public static void require() {
        try {
            Class.forName(WITNESS, false, EmbeddedServers.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new CommandFailure(
                    "the embedded servers are not part of this distribution; start this command through ./waltally in a"
                            + " clone of the project, or use 'run' with servers of your own",
                    e);
        }
    }
}
