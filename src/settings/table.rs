//! The settings as people read about them; the README's table is generated from this list.

use super::Settings;

/// One row of the settings table in the README.
#[derive(Debug)]
pub struct Row {
    /// Name of the app setting or environment variable.
    pub name: &'static str,
    /// Who usually sets it.
    pub set_by: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

/// All settings, as the README's table shows them.
pub const TABLE: &[Row] = &[
    Row {
        name: Settings::CONNECTION,
        set_by: "you, or `sio dev`",
        meaning: "The service: `Endpoint=https://…;AccessKey=…;Version=1.0;`. `Hub::connection` names another setting for a hub of another service.",
    },
    Row {
        name: "WebPubSubForSocketIOConnectionString__endpoint",
        set_by: "you",
        meaning: "Instead of a connection string: the service's address, for a connection by identity. Beside it stand `__credential` (`managedidentity`, `workloadidentity`, `managedidentityasfederatedidentity` or `azurepipelines`), `__clientId`, `__tenantId`, `__clientSecret` and the others of Azure Functions' identity-based connections, as far as they are needed.",
    },
    Row {
        name: Settings::HUB,
        set_by: "you",
        meaning: "The name of the hub that is registered as `Hub::new(\"\")`.",
    },
    Row {
        name: Settings::ALLOWED_ORIGINS,
        set_by: "you",
        meaning: "Hosts besides the endpoint's that the service may name as its own when it calls the webhook, separated by commas: custom domains, replicas.",
    },
    Row {
        name: Settings::WEBHOOK_CALLER,
        set_by: "you",
        meaning: "For connections by identity: the client or object id of the identity with which the service calls the webhook. Where it is set while `function.json` files are made, the function `socketio` asks for no key.",
    },
    Row {
        name: Settings::WEBHOOK_AUDIENCE,
        set_by: "you",
        meaning: "The audience of that caller's tokens: the `auth-resource` of the hub's settings.",
    },
    Row {
        name: Settings::WEBHOOK_ISSUER,
        set_by: "you",
        meaning: "Who issues them, such as `https://login.microsoftonline.com/TENANT-ID/v2.0`; without it, the tenant of `WebPubSubForSocketIOConnectionString__tenantId`. Where one is known, the token itself is checked, and the platform's word about it does not count.",
    },
    Row {
        name: Settings::EVENT_DEADLINE,
        set_by: "you",
        meaning: "How many seconds an event's handler and its outputs may take, 25 by default and 230 at most. One event holds up the next of its connection.",
    },
    Row {
        name: Settings::LOG,
        set_by: "you",
        meaning: "What is logged, for example `info` (the default), `debug` or `socketio_functions=debug,info`.",
    },
    Row {
        name: Settings::OTLP_ENDPOINT,
        set_by: "you",
        meaning: "In a build with the feature `otel`: where invocations are exported to as spans, by OTLP over HTTP, such as `http://localhost:4318`. `OTEL_SERVICE_NAME` names the app there, else `WEBSITE_SITE_NAME`.",
    },
    Row {
        name: Settings::ROUTE_PREFIX,
        set_by: "you",
        meaning: "Overrides `extensions.http.routePrefix` of host.json, `api` by default.",
    },
    Row {
        name: Settings::PROXYING,
        set_by: "you",
        meaning: "Overrides `customHandler.enableProxyingHttpRequest` of host.json, and `…enableForwardingHttpRequest` the other switch. The app reads them where the route prefix is empty: then they tell the service's requests from the host's envelopes.",
    },
    Row {
        name: Settings::FUNCTION_TIMEOUT,
        set_by: "you",
        meaning: "Overrides `functionTimeout` of host.json, five minutes by default. Functions without a socket end a little earlier.",
    },
    Row {
        name: Settings::BODY_LIMIT,
        set_by: "you",
        meaning: "The longest body of a request, in bytes, 104857600 by default; the Functions host and the handler both go by it. A longer one is answered with 413. The service's webhook has limits of its own.",
    },
    Row {
        name: Settings::AUTH_ENABLED,
        set_by: "the platform",
        meaning: "`true` where App Service signs users in. Only then are the headers with its principal believed.",
    },
    Row {
        name: Settings::PORT,
        set_by: "the Functions host",
        meaning: "The port on which the handler serves. `FUNCTIONS_HTTPWORKER_PORT` is its older name.",
    },
    Row {
        name: Settings::ROOT,
        set_by: "the Functions host",
        meaning: "The folder with host.json; pages and files are looked for below it.",
    },
    Row {
        name: Settings::ENVIRONMENT,
        set_by: "`func` and `sio`",
        meaning: "`Development` on a developer's machine.",
    },
];
