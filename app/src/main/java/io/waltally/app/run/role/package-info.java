/** The roles of an instance: capture, streams, sinks and webhooks. */
@NullMarked
package io.waltally.app.run.role;

import org.jspecify.annotations.NullMarked;
