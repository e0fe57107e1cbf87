package io.waltally.app.failure;

/**
 * The reason why a server cannot be used.
 *
 * @param server its name, address and key
 * @param predicate the rest of the sentence: what failed, and what to do
 * @param answered whether it answered, and refused: then waiting alone does not help
 */
public record ServerFailure(String server, String predicate, boolean answered) {
    /** One sentence. */
    @Override
    public String toString() {
        return server + " " + predicate;
    }
}
