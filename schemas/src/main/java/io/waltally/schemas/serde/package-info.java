/**
 * Serialization in the Confluent wire format, and the schema registry. In: bytes of a record. Out: a generated class or a
 * {@link io.waltally.schemas.Change}.
 */
@NullMarked
package io.waltally.schemas.serde;

import org.jspecify.annotations.NullMarked;
