/** The log of what operators do, over the HTTP API and by commands. */
@NullMarked
package io.waltally.app.audit;

import org.jspecify.annotations.NullMarked;
