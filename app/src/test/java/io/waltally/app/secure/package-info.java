/**
 * Servers that require TLS, authentication and the ACLs of docs/security.md. No output may contain secrets.
 */
package io.waltally.app.secure;
