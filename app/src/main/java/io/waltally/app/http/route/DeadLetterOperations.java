package io.waltally.app.http.route;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waltally.app.deadletter.DeadLetterPosition;
import io.waltally.app.deadletter.DeadLetterStage;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Operations on the open dead letters of the cluster. */
public interface DeadLetterOperations {
    /**
     * The open dead letters of a stage, the last one first, with their contents.
     *
     * @param after the last place of the page before; empty: the first page
     */
    Listing open(DeadLetterStage stage, Optional<DeadLetterPosition> after, int limit);

    /**
     * Sends dead letters to their stage again.
     *
     * @return the number of affected dead letters
     * @throws java.util.NoSuchElementException if none of them is open
     * @throws IllegalStateException if no running stage would take one of them
     */
    int replay(Selection selection);

    /**
     * Gives dead letters up.
     *
     * @param reason may be empty
     * @return the number of affected dead letters
     * @throws java.util.NoSuchElementException if none of them is open
     */
    int drop(Selection selection, String reason);

    /** @param next the place behind which the next page begins; empty if there is none */
    record Listing(List<ObjectNode> letters, Optional<DeadLetterPosition> next) {
        public Listing {
            letters = List.copyOf(letters);
        }
    }

    /**
     * Dead letters of a stage, by their ids.
     *
     * @param endpoint that they were for; empty: any
     * @param sink that they were for; empty: any
     */
    record Selection(DeadLetterStage stage, Set<String> ids, Optional<String> endpoint, Optional<String> sink) {
        public Selection {
            ids = Set.copyOf(ids);
        }
    }
}
