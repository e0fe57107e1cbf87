/**
 * Configuration: one YAML file, environment substitution and flags, bound to records that validate themselves. The only
 * reader of the environment.
 */
package io.waltally.app.config;
