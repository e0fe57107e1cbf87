/** The contracts between the stages: topics, their records, their headers, and how they are written. No domain logic. */
package io.waltally.schemas;
