//! What the settings are called. What each means to people stands in [`TABLE`](super::TABLE).

/// The connection to the service: `Endpoint=https://…;AccessKey=…;Version=1.0;`.
pub const CONNECTION: &str = "WebPubSubForSocketIOConnectionString";
/// The name of the hub that is registered without one.
pub const HUB: &str = "WebPubSubForSocketIOHub";
/// The port on which the Functions host expects the handler.
pub const PORT: &str = "FUNCTIONS_CUSTOMHANDLER_PORT";
/// The older name of [`PORT`], still set by every host.
pub const OLD_PORT: &str = "FUNCTIONS_HTTPWORKER_PORT";
/// The folder with host.json; without it, the current folder.
pub const ROOT: &str = "FUNCTIONS_APP_ROOT_PATH";
/// `Development` under `func start` and `sio dev`.
pub const ENVIRONMENT: &str = "AZURE_FUNCTIONS_ENVIRONMENT";
/// Overrides the route prefix of host.json.
pub const ROUTE_PREFIX: &str = "AzureFunctionsJobHost__extensions__http__routePrefix";
/// Overrides the switch of host.json by which the host proxies requests.
pub const PROXYING: &str = "AzureFunctionsJobHost__customHandler__enableProxyingHttpRequest";
/// Overrides the switch of host.json by which the host forwards requests.
pub const FORWARDING: &str = "AzureFunctionsJobHost__customHandler__enableForwardingHttpRequest";
/// Hosts besides the endpoint's that may stand in `WebHook-Request-Origin`: a custom domain, a replica.
pub const ALLOWED_ORIGINS: &str = "SOCKETIO_FUNCTIONS_ALLOWED_ORIGINS";
/// How long an event's handler and its outputs may take, in seconds, 230 at most; without it, 25.
pub const EVENT_DEADLINE: &str = "SOCKETIO_FUNCTIONS_EVENT_DEADLINE";
/// The longest body of a request, in bytes; without it, or where it is no number, 104857600.
pub const BODY_LIMIT: &str = "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT";
/// Overrides `functionTimeout` of host.json.
pub const FUNCTION_TIMEOUT: &str = "AzureFunctionsJobHost__functionTimeout";
/// `true` where the platform signs users in before requests reach the app.
pub const AUTH_ENABLED: &str = "WEBSITE_AUTH_ENABLED";
/// What is logged, in the syntax of `tracing`'s `EnvFilter`; without it, `info`.
pub const LOG: &str = "SOCKETIO_FUNCTIONS_LOG";
/// Where spans are exported to, by OTLP over HTTP, in a build with the feature `otel`.
pub const OTLP_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
/// The name of the app in exported spans.
pub const SERVICE_NAME: &str = "OTEL_SERVICE_NAME";
/// The name of the app in Azure.
pub const SITE_NAME: &str = "WEBSITE_SITE_NAME";
/// The client or object id of the identity with which the service calls the webhook.
pub const WEBHOOK_CALLER: &str = "SOCKETIO_FUNCTIONS_WEBHOOK_CALLER";
/// The audience of its tokens: the `auth-resource` of the hub's settings.
pub const WEBHOOK_AUDIENCE: &str = "SOCKETIO_FUNCTIONS_WEBHOOK_AUDIENCE";
/// Who issues them; without it, the tenant of the default connection.
pub const WEBHOOK_ISSUER: &str = "SOCKETIO_FUNCTIONS_WEBHOOK_ISSUER";
