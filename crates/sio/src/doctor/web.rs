//! Whether the service and the webhook answer.

use std::time::Duration;

use sio_protocol::cloud_events::header;
use sio_protocol::connection_string::{ConnectionString, Endpoint};

use super::Finding;
use crate::tunnel;

/// How long either may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The webhook's path below the function app, by who takes it.
const WEBHOOKS: [&str; 2] = ["/api/socketio", "/runtime/webhooks/socketio"];

pub(super) async fn examine(connection: Option<&ConnectionString>, app: &str) -> Vec<Finding> {
    let mut builder = reqwest::Client::builder().timeout(PATIENCE);
    if connection.is_none_or(|connection| connection.endpoint().is_loopback()) {
        builder = builder.no_proxy();
    }
    let http = match builder.build() {
        Ok(http) => http,
        Err(error) => {
            let text = format!("no HTTP client could be built: {error}");
            return vec![Finding::bad(text, "check the certificates of this machine")];
        }
    };
    let mut findings = Vec::new();
    if let Some(connection) = connection {
        findings.push(service(&http, connection).await);
    }
    let (found, path) = webhook(&http, connection, app).await;
    findings.push(found);
    findings.extend(connection.and_then(|connection| tunnel(connection, app, path)));
    findings
}

async fn service(http: &reqwest::Client, connection: &ConnectionString) -> Finding {
    let endpoint = connection.endpoint();
    match http.head(format!("{endpoint}/api/health")).send().await {
        Ok(answer) if answer.status().is_success() => {
            Finding::good(format!("the service at {endpoint} is healthy"))
        }
        Ok(answer) => Finding::bad(
            format!("{endpoint} answers {} to a health check", answer.status()),
            "is this the endpoint of a Web PubSub for Socket.IO resource, or of `sio emulator`?",
        ),
        Err(_) if endpoint.is_loopback() => Finding::note(
            format!("no emulator runs at {endpoint}"),
            "start one: sio emulator, or everything: sio dev",
        ),
        Err(error) => Finding::bad(
            format!(
                "the service at {endpoint} was not reached: {}",
                error.without_url()
            ),
            "check the network and the endpoint",
        ),
    }
}

/// Asks as the service asks before it posts.
async fn webhook(
    http: &reqwest::Client,
    connection: Option<&ConnectionString>,
    app: &str,
) -> (Finding, &'static str) {
    let app = app.trim_end_matches('/');
    let origin = connection.map_or("localhost", |connection| connection.endpoint().host());
    let mut refused = None;
    for path in WEBHOOKS {
        let asked = http
            .request(reqwest::Method::OPTIONS, format!("{app}{path}"))
            .header(header::REQUEST_ORIGIN, origin);
        let Ok(answer) = asked.send().await else {
            let finding = Finding::note(
                format!("no function app runs at {app}"),
                "start it to have its webhook checked: sio dev, or func start; --app names another address",
            );
            return (finding, path);
        };
        if answer.headers().contains_key(header::ALLOWED_ORIGIN) {
            let finding = Finding::good(format!("the webhook at {app}{path} lets {origin} post"));
            return (finding, path);
        }
        if answer.status() != reqwest::StatusCode::NOT_FOUND {
            refused = Some((path, answer.status()));
        }
    }
    match refused {
        Some((path, status)) => {
            let finding = Finding::bad(
                format!("the webhook at {app}{path} answers {status} when {origin} asks to post"),
                "the endpoint in the app's connection string must have the host that the service calls itself",
            );
            (finding, path)
        }
        None => {
            let finding = Finding::bad(
                format!("{app} has no webhook at {}", WEBHOOKS.join(" or ")),
                "register a hub with `App::hub`, and stage the app: sio stage",
            );
            (finding, WEBHOOKS[0])
        }
    }
}

/// A service elsewhere and an app here: how the one reaches the other.
fn tunnel(connection: &ConnectionString, app: &str, path: &str) -> Option<Finding> {
    let local = Endpoint::parse(app).is_ok_and(|app| app.is_loopback());
    if connection.endpoint().is_loopback() || !local {
        return None;
    }
    let steps = tunnel::steps(&format!("{}{path}", app.trim_end_matches('/')));
    Some(Finding::note(
        format!(
            "{} does not reach this machine without a tunnel",
            connection.endpoint()
        ),
        steps.join("\n         "),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tunnel_is_explained_where_one_is_needed() {
        let finding = |service: &str, app: &str| {
            let connection =
                ConnectionString::parse(&format!("Endpoint={service};AccessKey=s3cret;"));
            tunnel(&connection.unwrap(), app, WEBHOOKS[0]).map(|finding| finding.to_string())
        };
        let real = "https://contoso.webpubsub.azure.com";
        let text = finding(real, "http://localhost:7071/").unwrap();
        assert!(
            text.contains("awps-tunnel run --hub HUB --upstream http://localhost:7071"),
            "{text}"
        );
        assert!(
            text.contains("tunnel:///api/socketio") && !text.contains("s3cret"),
            "{text}"
        );
        assert_eq!(
            finding("http://localhost:8080", "http://localhost:7071"),
            None
        );
        assert_eq!(finding(real, "https://contoso.azurewebsites.net"), None);
    }
}
