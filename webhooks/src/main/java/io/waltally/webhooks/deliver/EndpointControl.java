package io.waltally.webhooks.deliver;

/**
 * The state that operators have requested for an endpoint.
 *
 * @param paused whether nothing is to be sent
 * @param resumeId id of the last request to resume: another one enables an endpoint that was disabled
 */
public record EndpointControl(boolean paused, String resumeId) {
    public static final EndpointControl NONE = new EndpointControl(false, "");
}
