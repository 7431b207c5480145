//! What the settings are called. What each means to people stands in [`TABLE`](super::TABLE).

use super::Settings;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// The names of the settings that the runtime knows.
        impl Settings {
            $($(#[$doc])* pub const $name: &'static str = $text;)*
        }
    };
}

names! {
    /// The connection to the service: `Endpoint=https://…;AccessKey=…;Version=1.0;`.
    CONNECTION = "WebPubSubForSocketIOConnectionString";
    /// The name of the hub that is registered without one.
    HUB = "WebPubSubForSocketIOHub";
    /// The port on which the Functions host expects the handler.
    PORT = "FUNCTIONS_CUSTOMHANDLER_PORT";
    /// The older name of [`PORT`](Self::PORT), still set by every host.
    OLD_PORT = "FUNCTIONS_HTTPWORKER_PORT";
    /// The folder with host.json; without it, the current folder.
    ROOT = "FUNCTIONS_APP_ROOT_PATH";
    /// `Development` under `func start` and `sio dev`.
    ENVIRONMENT = "AZURE_FUNCTIONS_ENVIRONMENT";
    /// Overrides the route prefix of host.json.
    ROUTE_PREFIX = "AzureFunctionsJobHost__extensions__http__routePrefix";
    /// Overrides the switch of host.json by which the host proxies requests.
    PROXYING = "AzureFunctionsJobHost__customHandler__enableProxyingHttpRequest";
    /// Overrides the switch of host.json by which the host forwards requests.
    FORWARDING = "AzureFunctionsJobHost__customHandler__enableForwardingHttpRequest";
    /// Hosts besides the endpoint's that may stand in `WebHook-Request-Origin`: a custom domain, a replica.
    ALLOWED_ORIGINS = "SOCKETIO_FUNCTIONS_ALLOWED_ORIGINS";
    /// How long an event's handler and its outputs may take, in seconds, 230 at most; without it, 25.
    EVENT_DEADLINE = "SOCKETIO_FUNCTIONS_EVENT_DEADLINE";
    /// The longest body of a request, in bytes; 104857600 if it is missing or not a number.
    BODY_LIMIT = "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT";
    /// Overrides `functionTimeout` of host.json.
    FUNCTION_TIMEOUT = "AzureFunctionsJobHost__functionTimeout";
    /// `true` where the platform signs users in before requests reach the app.
    AUTH_ENABLED = "WEBSITE_AUTH_ENABLED";
    /// What is logged, in the syntax of `tracing`'s `EnvFilter`; without it, `info`.
    LOG = "SOCKETIO_FUNCTIONS_LOG";
    /// Where spans are exported to, by OTLP over HTTP, in a build with the feature `otel`.
    OTLP_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
    /// The name of the app in exported spans.
    SERVICE_NAME = "OTEL_SERVICE_NAME";
    /// The name of the app in Azure.
    SITE_NAME = "WEBSITE_SITE_NAME";
    /// The client or object id of the identity with which the service calls the webhook.
    WEBHOOK_CALLER = "SOCKETIO_FUNCTIONS_WEBHOOK_CALLER";
    /// The audience of its tokens: the `auth-resource` of the hub's settings.
    WEBHOOK_AUDIENCE = "SOCKETIO_FUNCTIONS_WEBHOOK_AUDIENCE";
    /// Who issues them; without it, the tenant of the default connection.
    WEBHOOK_ISSUER = "SOCKETIO_FUNCTIONS_WEBHOOK_ISSUER";
}
