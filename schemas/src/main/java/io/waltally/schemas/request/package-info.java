/** Requests of operators in compacted topics, which all instances follow. */
@NullMarked
package io.waltally.schemas.request;

import org.jspecify.annotations.NullMarked;
