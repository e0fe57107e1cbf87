package io.waltally.app.config.reading;

import java.util.List;

/**
 * A list as the user wrote it.
 *
 * @param text all elements
 * @param origin of the first element
 */
record RawList(List<String> elements, String text, Origin origin) {
    RawList {
        elements = List.copyOf(elements);
    }

    /** Without the elements, which may be secrets. */
    @Override
    public String toString() {
        return "GivenList[" + origin + "]";
    }
}
