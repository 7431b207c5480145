//! Whether the service and the webhook answer.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use sio_protocol::cloud_events::header;
use sio_protocol::connection_string::{ConnectionString, Endpoint};
use sio_protocol::token;

use super::ports::{self, Answers};
use super::{Finding, Level};
use crate::tunnel;

/// How long either may take if it is elsewhere.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a connection may take.
const PATIENCE_TO_CONNECT: Duration = Duration::from_secs(3);

/// The webhook's path below the function app, by who takes it.
const WEBHOOKS: [&str; 2] = ["/api/socketio", "/runtime/webhooks/socketio"];

pub(super) async fn examine(connection: Option<&ConnectionString>, app: &str) -> Vec<Finding> {
    let mut builder = reqwest::Client::builder()
        .timeout(PATIENCE)
        .connect_timeout(PATIENCE_TO_CONNECT);
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
    let of_service = async {
        let mut findings = Vec::new();
        if let Some(connection) = connection {
            findings.push(service(&http, connection).await);
            if findings[0].level == Level::Good {
                findings.extend(key(&http, connection).await);
            }
        }
        findings
    };
    let (mut findings, (found, path)) = tokio::join!(of_service, webhook(&http, connection, app));
    findings.push(found);
    findings.extend(connection.and_then(|connection| tunnel(connection, app, path)));
    findings
}

async fn service(http: &reqwest::Client, connection: &ConnectionString) -> Finding {
    let endpoint = connection.endpoint();
    let url = endpoint.to_string();
    let local = endpoint.is_loopback();
    if local {
        let answers = ports::service(http, &url).await;
        let found = ports::stranger(&answers, &url, "the emulator", "--emulator-port");
        if let Some(found) = found {
            return found;
        }
    }
    match http.head(format!("{endpoint}/api/health")).send().await {
        Ok(answer) if answer.status().is_success() => {
            Finding::good(format!("the service at {endpoint} is healthy"))
        }
        Ok(answer) => Finding::bad(
            format!("{endpoint} answers {} to a health check", answer.status()),
            "is this the endpoint of a Web PubSub for Socket.IO resource, or of `sio emulator`?",
        ),
        Err(_) if local => Finding::note(
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

/// Whether the service takes the key, by a call that reads something, and whether its clock is near to ours: tokens are
/// valid for a while only.
async fn key(http: &reqwest::Client, connection: &ConnectionString) -> Vec<Finding> {
    let endpoint = connection.endpoint();
    let url = format!("{endpoint}/api/hubs/sio/groups/doctor?api-version=2024-12-01");
    let now = Timestamp::now();
    let claims = json!({ "aud": url, "exp": now.as_second() + 300 });
    let Ok(token) = token::sign(connection.access_key(), &claims) else {
        return vec![Finding::bad(
            "the access key cannot sign a token",
            "copy it from the service again",
        )];
    };
    let answer = match http.head(&url).bearer_auth(token).send().await {
        Ok(answer) => answer,
        Err(error) => {
            let text = format!(
                "a signed call to {endpoint} failed: {}",
                error.without_url()
            );
            return vec![Finding::bad(text, "check the network")];
        }
    };
    let mut findings = vec![match answer.status().as_u16() {
        200..=299 | 404 => Finding::good("the service takes the access key"),
        401 | 403 => Finding::bad(
            format!("the service refuses the access key ({})", answer.status()),
            "copy the connection string from the service again; a key that was rotated is no longer valid",
        ),
        _ => Finding::note(
            format!("the service answers {} to a signed call", answer.status()),
            "try again later",
        ),
    }];
    let date = answer
        .headers()
        .get("date")
        .and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
    if let Some(date) = date {
        findings.extend(skew(date.timestamp().as_second() - now.as_second()));
    }
    findings
}

/// How many seconds the service's clock may be ahead of ours, or behind.
const SKEW: i64 = 120;

fn skew(seconds: i64) -> Option<Finding> {
    (seconds.abs() > SKEW).then(|| {
        let how = if seconds > 0 { "behind" } else { "ahead of" };
        Finding::bad(
            format!(
                "this machine's clock is {} s {how} the service's",
                seconds.abs()
            ),
            "set the clock, for example by NTP: tokens are valid for a limited time",
        )
    })
}

/// Whether other programs on this machine would ask a proxy for the emulator.
pub(super) fn proxy(variable: impl Fn(&str) -> Option<String>) -> Option<Finding> {
    let set = |name: &str| {
        let value = variable(name).or(variable(&name.to_lowercase()));
        value.filter(|value| !value.is_empty())
    };
    let name = ["HTTP_PROXY", "ALL_PROXY"]
        .into_iter()
        .find(|name| set(name).is_some())?;
    let excepted = set("NO_PROXY").unwrap_or_default();
    let excepts = |host: &str| {
        excepted
            .split(',')
            .any(|part| matches!(part.trim(), "*") || part.trim() == host)
    };
    if excepts("localhost") && excepts("127.0.0.1") {
        return None;
    }
    Some(Finding::note(
        format!(
            "{name} is set, and NO_PROXY does not except this machine: func and other programs would ask the proxy for the emulator"
        ),
        "export NO_PROXY=localhost,127.0.0.1",
    ))
}

/// Asks as the service asks before it posts.
async fn webhook(
    http: &reqwest::Client,
    connection: Option<&ConnectionString>,
    app: &str,
) -> (Finding, &'static str) {
    let app = app.trim_end_matches('/');
    let origin = connection.map_or("localhost", |connection| connection.endpoint().host());
    let local = Endpoint::parse(app).is_ok_and(|app| app.is_loopback());
    let patience = if local { ports::PATIENCE } else { PATIENCE };
    let mut refused = None;
    for path in WEBHOOKS {
        let asked = http
            .request(reqwest::Method::OPTIONS, format!("{app}{path}"))
            .header(header::REQUEST_ORIGIN, origin)
            .timeout(patience);
        let answer = match asked.send().await {
            Ok(answer) => answer,
            Err(error) => {
                let answers = ports::silent_or_strange(&error);
                return (unanswered(http, app, path, answers).await, path);
            }
        };
        if answer.headers().contains_key(header::ALLOWED_ORIGIN) {
            let finding = Finding::good(format!("the webhook at {app}{path} lets {origin} post"));
            return (finding, path);
        }
        if answer.status() != reqwest::StatusCode::NOT_FOUND {
            refused = Some((path, answer.status()));
        }
    }
    if local && let Some(finding) = strange(&ports::host(http, app).await, app) {
        return (finding, WEBHOOKS[0]);
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

fn strange(answers: &Answers, app: &str) -> Option<Finding> {
    ports::stranger(answers, app, "the function app", "--port")
}

/// Why the webhook did not answer.
async fn unanswered(http: &reqwest::Client, app: &str, path: &str, answers: Answers) -> Finding {
    // A host whose handler is busy, or stopped by a debugger, answers for itself.
    if answers == Answers::Silence && ports::host(http, app).await == Answers::Expected {
        return Finding::bad(
            format!("the host at {app} runs, and its webhook {path} does not answer"),
            "look at the handler's log; a handler that a debugger has stopped answers nothing",
        );
    }
    strange(&answers, app).unwrap_or_else(|| {
        Finding::note(
            format!("no function app runs at {app}"),
            "start it to have its webhook checked: sio dev, or func start; --app names another address",
        )
    })
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

    #[tokio::test]
    async fn another_program_on_the_ports_of_app_and_emulator_is_wrong() {
        let page = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi";
        let missing = "HTTP/1.1 404 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        let (service, app) = (ports::tests::program(page), ports::tests::program(missing));
        let connection = ConnectionString::parse(&format!("Endpoint={service};AccessKey=s3cret;"));
        let found = examine(Some(&connection.unwrap()), &app).await;
        let wrong: Vec<_> = found
            .iter()
            .map(|found| (found.level, &*found.text))
            .collect();
        let service =
            format!("another program answers at {service}, where the emulator is expected");
        let app = format!("another program answers at {app}, where the function app is expected");
        assert_eq!(wrong, [(Level::Bad, &*service), (Level::Bad, &*app)]);
    }

    #[tokio::test]
    async fn a_program_that_takes_connections_and_says_nothing_is_wrong() {
        let (_open, url) = ports::tests::silence();
        let connection = ConnectionString::parse(&format!("Endpoint={url};AccessKey=s3cret;"));
        let found = examine(Some(&connection.unwrap()), &url).await;
        let silent = format!("a program takes connections at {url} and says nothing");
        assert_eq!(found.len(), 2);
        for found in found {
            assert_eq!(found.level, Level::Bad);
            assert!(found.text.starts_with(&silent), "{found}");
        }
    }

    #[test]
    fn a_clock_that_is_minutes_off_is_wrong() {
        assert!(skew(5).is_none() && skew(-5).is_none());
        assert!(skew(600).unwrap().text.contains("600 s behind"));
        assert!(skew(-600).unwrap().text.contains("600 s ahead"));
    }

    #[test]
    fn a_proxy_for_this_machine_is_noted() {
        let found = |pairs: &[(&str, &str)]| {
            let of = |name: &str| {
                let pair = pairs.iter().find(|(known, _)| *known == name);
                pair.map(|(_, value)| (*value).to_owned())
            };
            proxy(of).is_some()
        };
        assert!(!found(&[]));
        assert!(found(&[("HTTP_PROXY", "http://p")]));
        assert!(found(&[
            ("http_proxy", "http://p"),
            ("NO_PROXY", "example.com")
        ]));
        assert!(!found(&[
            ("HTTP_PROXY", "http://p"),
            ("no_proxy", "localhost, 127.0.0.1")
        ]));
        assert!(!found(&[("HTTP_PROXY", "http://p"), ("NO_PROXY", "*")]));
    }

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
