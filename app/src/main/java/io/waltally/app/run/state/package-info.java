/** The local state of Kafka Streams: the inputs it was built from, and whether it can be reused. */
@NullMarked
package io.waltally.app.run.state;

import org.jspecify.annotations.NullMarked;
