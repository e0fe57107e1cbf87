/** The contracts between the stages: topics, records, headers, and their serialization. No domain logic. */
@NullMarked
package io.waltally.schemas;

import org.jspecify.annotations.NullMarked;
