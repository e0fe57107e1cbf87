/** One table of changes: its rows, its snapshots, and who may write it. */
@NullMarked
package io.waltally.iceberg.table;

import org.jspecify.annotations.NullMarked;
