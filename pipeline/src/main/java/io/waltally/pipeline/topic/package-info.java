/** How topologies write topics of the catalogue. */
package io.waltally.pipeline.topic;
