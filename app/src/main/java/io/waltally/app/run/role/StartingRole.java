package io.waltally.app.run.role;

import io.waltally.app.http.route.tally.TallyQueries;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.function.Supplier;

/** Stands in for a role until it exists: requests fail with the reason why it does not exist yet. */
public final class StartingRole {
    private StartingRole() {}

    /**
     * Returns an implementation that delegates to the role, and throws {@link TallyQueries.NotNow} until there is one.
     *
     * @param reason why the role does not exist yet
     */
    public static <T> T of(Class<T> type, Supplier<? extends Optional<? extends T>> role, Supplier<String> reason) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            Optional<? extends T> started = role.get();
            if (started.isEmpty()) {
                throw new TallyQueries.TalliesUnavailableException(reason.get());
            }
            try {
                return method.invoke(started.get(), arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        };
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
