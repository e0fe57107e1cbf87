/**
 * Configuration: one YAML file, environment variables and flags, bound to records that validate themselves. The only
 * code that reads the environment.
 */
@NullMarked
package io.waltally.app.config;

import org.jspecify.annotations.NullMarked;
