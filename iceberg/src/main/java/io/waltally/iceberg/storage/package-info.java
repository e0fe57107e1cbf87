/** Iceberg tables in a file system: files, and the atomic step from one version of a table's metadata to the next. */
@NullMarked
package io.waltally.iceberg.storage;

import org.jspecify.annotations.NullMarked;
