/** Topics: the catalogue of those that waltally writes, and how those of a cluster are created, compared and altered. */
@NullMarked
package io.waltally.schemas.topic;

import org.jspecify.annotations.NullMarked;
