package io.waltally.app.status;

import java.util.Map;

/** The status of all sources and stages by name; its JSON form is that of the contract. */
public record StatusReport(Map<String, SourceStatus> sources, Map<String, StageStatus> stages) {
    /** Whether every source is captured and every stage runs. */
    public boolean healthy() {
        return sources.values().stream()
                        .allMatch(source -> source.state().equals("streaming")
                                || source.state().equals("snapshot")
                                || source.state().equals("waiting"))
                && stages.values().stream().allMatch(stage -> stage.state().equals("running"));
    }
}
