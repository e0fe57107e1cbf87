/** Records of any topic of the catalogue, decoded for display, and whole transactions of a source. */
@NullMarked
package io.waltally.app.topic;

import org.jspecify.annotations.NullMarked;
