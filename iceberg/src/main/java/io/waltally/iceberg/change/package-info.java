/** Reads cdc records as row changes. */
@NullMarked
package io.waltally.iceberg.change;

import org.jspecify.annotations.NullMarked;
