/**
 * Servers that demand TLS, authentication and the rights of docs/security.md, and secrets, which nobody may see.
 */
package io.waltally.app.secure;
