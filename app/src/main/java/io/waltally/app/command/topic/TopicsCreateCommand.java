package io.waltally.app.command.topic;

import io.waltally.app.audit.AuditLog;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.TargetSystems;
import io.waltally.app.config.Configuration;
import io.waltally.schemas.Counted;
import io.waltally.schemas.topic.TopicProvisioning.Provisioned;
import java.io.PrintWriter;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Creates missing topics. */
@Command(
        name = "create",
        header = "Create missing topics, and verify the others.",
        description = {
            "Creates all that Kafka accepts. Exits 1, and names each topic with the reason, if Kafka refuses some, or if an"
                    + " existing topic differs from the configuration so that a guarantee would break. Existing topics"
                    + " are not changed.",
            ""
        })
final class TopicsCreateCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Override
    public Integer call() {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        TargetSystems.announce(spec, TargetSystems.kafka(configuration));
        TopicsClient topics = new TopicsClient(configuration);
        Provisioned provisioned = AuditLog.call(
                "topics create",
                "topics",
                () -> topics.provision(provisioning -> provisioning.create(topics.configured())));
        PrintWriter out = spec.commandLine().getOut();
        new TreeSet<>(provisioned.created()).forEach(name -> out.println("created " + name));
        int created = provisioned.created().size();
        out.println(Counted.of(created, "topic") + " created, "
                + (provisioned.states().size() - created) + " were there already");
        provisioned
                .states()
                .forEach(state -> state.differences()
                        .forEach(property -> out.println("~ " + state.topic().name() + ": " + property
                                + "; no guarantee depends on it ('waltally topics alter')")));
        out.flush();
        return 0;
    }
}
