/** The status of sources and stages, read from the outside: PostgreSQL, watermarks, and consumer groups. */
@NullMarked
package io.waltally.app.status;

import org.jspecify.annotations.NullMarked;
