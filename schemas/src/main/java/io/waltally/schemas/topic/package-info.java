/**
 * What a topic is, and how the topics of a cluster are created, compared with the catalogue, and altered. The catalogue is
 * {@link io.waltally.schemas.TopicCatalogue}.
 */
@NullMarked
package io.waltally.schemas.topic;

import org.jspecify.annotations.NullMarked;
