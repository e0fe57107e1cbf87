package io.waltally.pipeline.view;

/**
 * A range of user ids.
 *
 * @param first included
 * @param last included
 */
public record IdRange(long first, long last) {
    public static final IdRange ALL = new IdRange(Long.MIN_VALUE, Long.MAX_VALUE);

    boolean includes(long userId) {
        return userId >= first && userId <= last;
    }
}
