package io.waltally.app.run;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handlers of signals to this process.
 *
 * <p>By reflection, as Kafka does: {@code sun.misc.Signal} is supported by every JDK, but is no API of the platform, and
 * the compiler warns of its use.
 */
final class ProcessSignals {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessSignals.class);

    private ProcessSignals() {}

    /** Runs the action, in a thread of its own, instead of what the JVM does on that signal, if the JVM permits it. */
    static void handle(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object runsAction = Proxy.newProxyInstance(
                    handler.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        action.run();
                        return null;
                    });
            Object named = signal.getConstructor(String.class).newInstance(name);
            signal.getMethod("handle", signal, handler).invoke(null, named, runsAction);
        } catch (ReflectiveOperationException e) {
            Throwable cause = e instanceof InvocationTargetException refused ? refused.getCause() : e;
            LOG.debug("SIG{} is left to the JVM", name, cause);
        }
    }
}
