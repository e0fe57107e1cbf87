package io.waltally.pipeline.replica;

import io.waltally.pipeline.fold.Position;
import io.waltally.pipeline.state.BinarySerde;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How far {@link WatchReplicas} has got in a partition.
 *
 * @param clock how late it is, in microseconds
 * @param judged the latest transaction that was judged
 * @param rereadingSince the clock when transactions before it began to come again; {@link
 *     io.waltally.pipeline.fold.Timestamps#NEVER} if they do not
 * @param factor that objects are judged by
 * @param unjudged first object that may have been judged by another factor; null if there is none
 */
record Watch(
        long clock,
        Position judged,
        long rereadingSince,
        int factor,
        @Nullable String unjudged) {
    static final BinarySerde<Watch> SERDE = BinarySerde.ofValue(
            (watch, output) -> watch.judged
                    .writeTo(output.number(watch.clock))
                    .number(watch.rereadingSince)
                    .number(watch.factor)
                    .flag(watch.unjudged != null)
                    .text(Objects.requireNonNullElse(watch.unjudged, "")),
            input -> {
                long clock = input.number();
                Position judged = Position.readFrom(input);
                long rereadingSince = input.number();
                int factor = input.smallNumber();
                boolean unjudged = input.flag();
                String objectKey = input.text();
                return new Watch(clock, judged, rereadingSince, factor, unjudged ? objectKey : null);
            });
}
