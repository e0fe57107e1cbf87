/**
 * Which event of one endpoint is tried when, and up to where a partition is done. It knows neither clock nor chance nor
 * network: time comes with each call, chance and outcomes from outside.
 */
package io.waltally.webhooks.schedule;
