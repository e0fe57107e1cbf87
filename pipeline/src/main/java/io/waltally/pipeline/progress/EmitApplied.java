package io.waltally.pipeline.progress;

import io.waltally.pipeline.row.Position;
import io.waltally.schemas.OutputStage;
import io.waltally.schemas.control.Applied;
import io.waltally.schemas.control.AppliedKey;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Completed positions -> {@code _waltally.applied}: the position and the sequence numbers of the tallies up to it. */
final class EmitApplied implements Processor<Object, Position, AppliedKey, Applied> {
    private final OutputStage stage;
    private final String storeName;

    private ProcessorContext<AppliedKey, Applied> context;
    private SequenceNumbers sequences;

    EmitApplied(OutputStage stage, String storeName) {
        this.stage = stage;
        this.storeName = storeName;
    }

    @Override
    public void init(ProcessorContext<AppliedKey, Applied> context) {
        this.context = context;
        this.sequences = SequenceNumbers.in(context, storeName);
    }

    @Override
    public void process(Record<Object, Position> record) {
        Position position = record.value();
        AppliedKey key =
                new AppliedKey(stage.source().id(), stage.id(), context.taskId().partition());
        Applied applied = position.equals(Position.START)
                ? null
                : new Applied(position.epoch(), position.sequence(), sequences.last());
        context.forward(record.withKey(key).withValue(applied));
    }
}
