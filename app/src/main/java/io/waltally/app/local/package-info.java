/**
 * Commands that start their own servers: infra and dev, with demo and bench in their own packages. Only these packages
 * depend on {@code io.waltally.embedded}, {@code io.waltally.workload} and {@code io.waltally.bench}, which a
 * production installation does not have. The command classes themselves do not refer to them, so that the command line
 * can list them without.
 */
@NullMarked
package io.waltally.app.local;

import org.jspecify.annotations.NullMarked;
