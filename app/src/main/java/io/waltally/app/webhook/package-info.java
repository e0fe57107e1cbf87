/** The webhook endpoints of the configuration and those that were added at run time, and requests to change them. */
@NullMarked
package io.waltally.app.webhook;

import org.jspecify.annotations.NullMarked;
