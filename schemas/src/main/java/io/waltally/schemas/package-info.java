/** The contracts between the stages: positions, sources, changes, headers and notifications. No domain logic. */
@NullMarked
package io.waltally.schemas;

import org.jspecify.annotations.NullMarked;
