package io.waltally.schemas;

import java.util.List;

/** Existing topics differ from the catalogue, so that their use could misroute rows or lose history. */
public final class TopicContradictionException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public TopicContradictionException(List<String> contradictions) {
        super(String.join("; ", contradictions));
    }
}
