/** The committed tallies of users, for queries. */
@NullMarked
package io.waltally.pipeline.view;

import org.jspecify.annotations.NullMarked;
