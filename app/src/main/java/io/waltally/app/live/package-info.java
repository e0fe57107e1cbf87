/** What has changed in an instance, for the events of its HTTP API, and how its figures were before. */
@NullMarked
package io.waltally.app.live;

import org.jspecify.annotations.NullMarked;
