//! The user that the platform has signed in.
//!
//! App Service's authentication stands in front of the host, takes such headers off what strangers send, and puts its
//! own there; without it, every caller could send them. So they are believed only when the platform says that it is on.
//! Where the host wraps requests, its own finding is among the identities. Source: docs/contracts/functions-host.md,
//! "Authorisation" and "HTTP request object".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde::Deserialize;

use crate::handler::{Context, Extract, PlatformIdentity, Rejection, Request, RequestKind};
use crate::settings::Settings;

/// The kinds of claim that hold an id, the best first.
const ID_CLAIMS: [&str; 4] = [
    "http://schemas.microsoft.com/identity/claims/objectidentifier",
    "oid",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
    "sub",
];

/// A user that the platform has signed in. Without one it is a rejection, which becomes 401; `Option<Principal>` is
/// `None` then.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Principal {
    /// The user's id with the provider; it stays when the user's name or address changes.
    pub id: String,
    /// The user's name: often an address. The provider decides what it is, and it may change.
    pub name: Option<String>,
    /// The provider: `aad`, `google`, `github`, …
    pub provider: Option<String>,
    /// What else the provider says, as pairs of kind and value.
    pub claims: Vec<(String, String)>,
}

impl Principal {
    /// The user that the platform has authenticated for a request.
    pub(crate) fn find(request: &Request, settings: &Settings) -> Option<Self> {
        let by_headers = || {
            settings
                .is_auth_enabled()
                .then(|| of_headers(request))
                .flatten()
        };
        by_headers().or_else(|| request.identities.iter().find_map(of_identity))
    }

    /// The first value of a claim.
    #[must_use]
    pub fn claim(&self, kind: &str) -> Option<&str> {
        claim(&self.claims, kind)
    }
}

fn claim<'a>(claims: &'a [(String, String)], kind: &str) -> Option<&'a str> {
    let found = claims.iter().find(|(found, _)| found == kind);
    found.map(|(_, value)| value.as_str())
}

fn id_of(claims: &[(String, String)]) -> Option<String> {
    let mut ids = ID_CLAIMS.iter().filter_map(|kind| claim(claims, kind));
    ids.find(|id| !id.is_empty()).map(str::to_owned)
}

fn of_headers(request: &Request) -> Option<Principal> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Encoded {
        claims: Vec<Claim>,
    }
    #[derive(Deserialize)]
    struct Claim {
        typ: String,
        val: String,
    }

    // The platform sends each once. A second value cannot be trusted.
    let text = |name: &str| {
        let mut values = request.headers.get_all(name).iter();
        let value = std::str::from_utf8(values.next()?.as_bytes()).ok()?;
        (values.next().is_none() && !value.is_empty()).then(|| value.to_owned())
    };
    let encoded: Encoded = text("x-ms-client-principal")
        .and_then(|text| STANDARD.decode(text).ok())
        .and_then(|json| serde_json::from_slice(&json).ok())
        .unwrap_or_default();
    let claims = encoded.claims.into_iter();
    let claims: Vec<_> = claims.map(|claim| (claim.typ, claim.val)).collect();
    Some(Principal {
        id: text("x-ms-client-principal-id").or_else(|| id_of(&claims))?,
        name: text("x-ms-client-principal-name"),
        provider: text("x-ms-client-principal-idp"),
        claims,
    })
}

fn of_identity(identity: &PlatformIdentity) -> Option<Principal> {
    let provider = identity.authentication_type.as_deref()?;
    // The holder of a function key is authenticated, but anonymous.
    if !identity.is_authenticated || provider.eq_ignore_ascii_case("WebJobsAuthLevel") {
        return None;
    }
    let claims = identity.claims.iter().flatten();
    let claims: Vec<_> = claims
        .filter_map(|claim| Some((claim.name.clone()?, claim.value.clone()?)))
        .collect();
    // An empty name is not a user, and must not become an anonymous one.
    let name = identity.name.clone().filter(|name| !name.is_empty());
    Some(Principal {
        id: id_of(&claims).or_else(|| name.clone())?,
        name,
        provider: Some(provider.to_owned()),
        claims,
    })
}

#[diagnostic::do_not_recommend]
impl<K: RequestKind> Extract<K> for Principal {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        let found = Self::find(&context.input, &context.shared.settings);
        found.ok_or_else(|| Rejection::request(StatusCode::UNAUTHORIZED, "sign in first"))
    }
}

#[diagnostic::do_not_recommend]
impl<K: RequestKind> Extract<K> for Option<Principal> {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        Ok(Principal::find(&context.input, &context.shared.settings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn request(headers: &[(&'static str, &str)]) -> Request {
        let mut request = Request::default();
        for (name, value) in headers {
            let value = http::HeaderValue::from_bytes(value.as_bytes()).unwrap();
            request.headers.append(*name, value);
        }
        request
    }

    fn identities(json: serde_json::Value) -> Request {
        Request {
            identities: serde_json::from_value(json).unwrap(),
            ..Request::default()
        }
    }

    #[test]
    fn headers_are_believed_only_where_the_platform_sets_them() {
        let json = r#"{"auth_typ":"aad","claims":[{"typ":"roles","val":"writer"}]}"#;
        let encoded = STANDARD.encode(json);
        let request = request(&[
            ("x-ms-client-principal-id", "u-1"),
            ("x-ms-client-principal-name", "Zoë@example.com"),
            ("x-ms-client-principal-idp", "aad"),
            ("x-ms-client-principal", &encoded),
        ]);
        assert_eq!(Principal::find(&request, &Settings::new()), None);
        let off = Settings::new().with(Settings::AUTH_ENABLED, "FALSE");
        assert_eq!(Principal::find(&request, &off), None);
        let on = Settings::new().with(Settings::AUTH_ENABLED, "True");
        let found = Principal::find(&request, &on).unwrap();
        assert_eq!(found.id, "u-1");
        assert_eq!(found.name.as_deref(), Some("Zoë@example.com"));
        assert_eq!(found.claim("roles"), Some("writer"));
    }

    #[test]
    fn two_principals_are_none() {
        let on = Settings::new().with(Settings::AUTH_ENABLED, "true");
        let id = "x-ms-client-principal-id";
        assert_eq!(
            Principal::find(&request(&[(id, "a"), (id, "b")]), &on),
            None
        );
        assert_eq!(Principal::find(&request(&[(id, "")]), &on), None);
    }

    #[test]
    fn the_hosts_own_finding_counts_where_it_is_told() {
        let known = identities(serde_json::json!([
            { "AuthenticationType": null, "IsAuthenticated": false, "Claims": [] },
            { "AuthenticationType": "WebJobsAuthLevel", "IsAuthenticated": true, "Name": null, "Claims": [] },
            { "AuthenticationType": "aad", "IsAuthenticated": true, "Name": "ada",
              "Claims": [{ "Type": "sub", "Value": "u-1" }, { "Type": null, "Value": "x" }] },
        ]));
        let found = Principal::find(&known, &Settings::new()).unwrap();
        assert_eq!(
            (found.id.as_str(), found.name.as_deref()),
            ("u-1", Some("ada"))
        );
        let stranger = identities(serde_json::json!([
            { "AuthenticationType": "aad", "IsAuthenticated": false, "Name": "ada", "Claims": null },
            { "AuthenticationType": "WebJobsAuthLevel", "IsAuthenticated": true, "Name": "ada" },
            { "AuthenticationType": "aad", "IsAuthenticated": true, "Name": "" },
        ]));
        assert_eq!(Principal::find(&stranger, &Settings::new()), None);
    }
}
