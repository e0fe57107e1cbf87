/** A webhook receiver for commands, the demo, and tests. */
@NullMarked
package io.waltally.webhooks.receive;

import org.jspecify.annotations.NullMarked;
