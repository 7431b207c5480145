//! Which audience a token must name: the client path of a hub, or the URL of a REST call.
//!
//! Scheme and letter case are ignored and default ports are dropped, since published clients differ in them.
//! Source: docs/contracts/service.md, "Access token" and "Common rules".

use percent_encoding::percent_decode_str;
use url::Url;

use crate::names::HubName;

/// The path under which clients of a hub connect.
#[must_use]
pub fn client_path(hub: &HubName) -> String {
    format!("/clients/socketio/hubs/{hub}")
}

/// The audience of a client token: the endpoint, without trailing slash, and the client path.
#[must_use]
pub fn client(endpoint: &str, hub: &HubName) -> String {
    format!("{}{}", endpoint.trim_end_matches('/'), client_path(hub))
}

/// Whether an audience is that of a client of `hub` at one of the `endpoints`.
#[must_use]
pub fn is_client(audience: &str, endpoints: &[&str], hub: &HubName) -> bool {
    let Some(found) = normal(audience) else {
        return false;
    };
    endpoints
        .iter()
        .any(|endpoint| normal(&client(endpoint, hub)).as_ref() == Some(&found))
}

/// Whether an audience fits a REST request to `path` (without query) at one of the `endpoints`.
///
/// It may go on with a query or further segments, which covers SDKs that sign the whole URL, but not with other text.
#[must_use]
pub fn is_rest(audience: &str, endpoints: &[&str], path: &str) -> bool {
    let audience = without_scheme(audience);
    endpoints.iter().any(|endpoint| {
        let url = format!("{}{path}", endpoint.trim_end_matches('/'));
        audience
            .strip_prefix(&without_scheme(&url))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    })
}

/// Host, port unless default, and decoded path, in lower case. `None` unless it is a URL without a query.
fn normal(url: &str) -> Option<String> {
    let url = url.to_ascii_lowercase();
    let url = Url::parse(&url).ok()?;
    if url.query().is_some() || !is_web(url.scheme()) {
        return None;
    }
    Some(without_scheme(url.as_str()))
}

fn is_web(scheme: &str) -> bool {
    matches!(scheme, "http" | "https" | "ws" | "wss")
}

/// The URL in lower case and percent-decoded, without its scheme and the default port of any web scheme.
fn without_scheme(url: &str) -> String {
    let url = percent_decode_str(url)
        .decode_utf8_lossy()
        .to_ascii_lowercase();
    let rest = url
        .split_once("://")
        .map_or(url.as_str(), |(scheme, rest)| {
            if is_web(scheme) { rest } else { url.as_str() }
        });
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let host = host
        .strip_suffix(":80")
        .or_else(|| host.strip_suffix(":443"))
        .unwrap_or(host);
    format!("{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub() -> HubName {
        HubName::new("hub").unwrap()
    }

    #[test]
    fn the_client_audience_ignores_scheme_case_and_default_port() {
        let endpoints = ["http://localhost:8080", "https://other.example/"];
        for audience in [
            "http://localhost:8080/clients/socketio/hubs/hub",
            "HTTPS://LOCALHOST:8080/Clients/SocketIO/hubs/HUB",
            "wss://other.example/clients/socketio/hubs/hub",
            "http://other.example:80/clients/socketio/hubs/hub",
        ] {
            assert!(is_client(audience, &endpoints, &hub()), "{audience}");
        }
        for audience in [
            "http://localhost:8080/clients/socketio/hubs/other",
            "http://localhost:8080/client/hubs/hub",
            "http://localhost/clients/socketio/hubs/hub",
            "http://localhost:8080/clients/socketio/hubs/hubs",
            "http://localhost:8080/clients/socketio/hubs/hub?x=1",
            "hub",
            "",
        ] {
            assert!(!is_client(audience, &endpoints, &hub()), "{audience}");
        }
    }

    #[test]
    fn the_rest_audience_may_go_on_but_not_with_other_text() {
        let path = "/api/hubs/hub/groups/0~Lw~/:send";
        let url = format!("http://localhost:8080{path}");
        for audience in [
            url.clone(),
            format!("{url}/"),
            format!("{url}?api-version=2024-12-01&filter="),
            url.replace("http", "https"),
            url.replace('~', "%7E"),
        ] {
            assert!(
                is_rest(&audience, &["http://localhost:8080"], path),
                "{audience}"
            );
        }
        for audience in [
            format!("{url}Suffix"),
            "http://localhost:8080/api/hubs/hub/:send".to_owned(),
            "http://localhost:8080/clients/socketio/hubs/hub".to_owned(),
            String::new(),
        ] {
            assert!(
                !is_rest(&audience, &["http://localhost:8080"], path),
                "{audience}"
            );
        }
    }
}
