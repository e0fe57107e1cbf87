/**
 * Configuration: one YAML file, environment variables and flags, bound to records that validate themselves. The only
 * code that reads the environment. It has a record for each section and each kind of value in one, hence its twenty-one
 * types; reading and values have packages of their own.
 */
@NullMarked
package io.waltally.app.config;

import org.jspecify.annotations.NullMarked;
