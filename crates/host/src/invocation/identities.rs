//! Who calls, as the handler is told (docs/contracts/functions-host.md, "HTTP request object").

use base64::Engine as _;
use http::HeaderMap;

use crate::json::Json;

/// What the host knows of the caller's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyClaims {
    /// `Function`, `System` or `Admin`
    pub(crate) level: &'static str,
    /// The key's name, where keys are asked for.
    pub(crate) id: Option<String>,
}

/// The identities of a request: those of the platform's authentication, when it is on, then the host's own.
pub(crate) fn identities(headers: &HeaderMap, key: Option<&KeyClaims>, easy_auth: bool) -> Json {
    let mut found = Vec::new();
    if easy_auth && let Some(identity) = platform(headers) {
        found.push(identity);
    }
    match key {
        None => found.push(identity(None, &[], NAME_CLAIM, ROLE_CLAIM)),
        Some(key) => {
            let mut claims = vec![(AUTH_LEVEL_CLAIM.to_owned(), key.level.to_owned())];
            if let Some(id) = &key.id {
                if key.level == "Admin" {
                    claims.push((INVOKE_CLAIM.to_owned(), "true".to_owned()));
                }
                claims.push((KEY_ID_CLAIM.to_owned(), id.clone()));
            }
            found.push(identity(
                Some("WebJobsAuthLevel"),
                &claims,
                NAME_CLAIM,
                ROLE_CLAIM,
            ));
        }
    }
    Json::Array(found)
}

const AUTH_LEVEL_CLAIM: &str = "http://schemas.microsoft.com/2017/07/functions/claims/authlevel";
const INVOKE_CLAIM: &str = "http://schemas.microsoft.com/2017/07/functions/claims/invoke";
const KEY_ID_CLAIM: &str = "http://schemas.microsoft.com/2017/07/functions/claims/keyid";
const NAME_CLAIM: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name";
const ROLE_CLAIM: &str = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role";

/// The principal in `X-MS-CLIENT-PRINCIPAL`: base64 of JSON with `auth_typ`, `claims`, `name_typ`, `role_typ`.
fn platform(headers: &HeaderMap) -> Option<Json> {
    let header = headers.get("x-ms-client-principal")?;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(header.as_bytes())
        .ok()?;
    let principal = Json::lenient(std::str::from_utf8(&bytes).ok()?).ok()?;
    let text = |json: &Json, name: &str| json.get(name).and_then(Json::as_str).map(str::to_owned);
    let claims: Vec<(String, String)> = match principal.get("claims") {
        Some(Json::Array(claims)) => claims
            .iter()
            .filter_map(|claim| Some((text(claim, "typ")?, text(claim, "val")?)))
            .collect(),
        _ => Vec::new(),
    };
    Some(identity(
        text(&principal, "auth_typ").as_deref(),
        &claims,
        text(&principal, "name_typ")
            .as_deref()
            .unwrap_or(NAME_CLAIM),
        text(&principal, "role_typ")
            .as_deref()
            .unwrap_or(ROLE_CLAIM),
    ))
}

fn identity(
    kind: Option<&str>,
    claims: &[(String, String)],
    name_claim: &str,
    role_claim: &str,
) -> Json {
    let text = |text: &str| Json::String(text.to_owned());
    let name = claims
        .iter()
        .find(|(kind, _)| kind == name_claim)
        .map_or(Json::Null, |(_, name)| text(name));
    let claims = claims
        .iter()
        .map(|(kind, value)| {
            Json::object([
                ("Issuer", text("LOCAL AUTHORITY")),
                ("OriginalIssuer", text("LOCAL AUTHORITY")),
                ("Properties", Json::empty()),
                ("Type", text(kind)),
                ("Value", text(value)),
                ("ValueType", text("http://www.w3.org/2001/XMLSchema#string")),
            ])
        })
        .collect();
    Json::object([
        ("AuthenticationType", kind.map_or(Json::Null, text)),
        ("IsAuthenticated", Json::Bool(kind.is_some())),
        ("Actor", Json::Null),
        ("BootstrapContext", Json::Null),
        ("Claims", Json::Array(claims)),
        ("Label", Json::Null),
        ("Name", name),
        ("NameClaimType", text(name_claim)),
        ("RoleClaimType", text(role_claim)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_platforms_principal_comes_first_and_only_where_sign_in_is_on() {
        let principal = br#"{"auth_typ":"facebook","claims":[{"typ":"name","val":"ada"}],"name_typ":"name","role_typ":"roles"}"#;
        let mut headers = HeaderMap::new();
        let encoded = base64::engine::general_purpose::STANDARD.encode(principal);
        headers.insert("x-ms-client-principal", encoded.parse().unwrap());
        let key = KeyClaims {
            level: "Admin",
            id: None,
        };
        let Json::Array(found) = identities(&headers, Some(&key), true) else {
            panic!()
        };
        assert_eq!(
            found[0].get("AuthenticationType").unwrap().as_str(),
            Some("facebook")
        );
        assert_eq!(found[0].get("Name").unwrap().as_str(), Some("ada"));
        assert_eq!(
            found[1].get("AuthenticationType").unwrap().as_str(),
            Some("WebJobsAuthLevel")
        );
        let Json::Array(found) = identities(&headers, None, false) else {
            panic!()
        };
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].get("IsAuthenticated"), Some(&Json::Bool(false)));
    }
}
