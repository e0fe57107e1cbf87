/** The captured tables: the row state of each, and the topologies that turn their topics into row changes. */
@NullMarked
package io.waltally.pipeline.table;

import org.jspecify.annotations.NullMarked;
