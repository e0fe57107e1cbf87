/**
 * Reads settings. In: a YAML file, environment variables and options. Out: typed values by key with their origins, or
 * all errors at once.
 */
@NullMarked
package io.waltally.app.config.reading;

import org.jspecify.annotations.NullMarked;
