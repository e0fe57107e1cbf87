/** Storage and traffic of backends against their limits. */
@NullMarked
package io.waltally.pipeline.quota;

import org.jspecify.annotations.NullMarked;
