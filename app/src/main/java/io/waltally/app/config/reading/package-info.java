/**
 * How settings are read. In: a YAML file, environment variables and options. Out: typed values by key, each with its origin, or
 * all errors at once.
 */
@NullMarked
package io.waltally.app.config.reading;

import org.jspecify.annotations.NullMarked;
