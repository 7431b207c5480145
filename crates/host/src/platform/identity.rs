//! The identity endpoint: where an app in App Service asks for tokens of its managed identity.
//!
//! It answers `GET ?api-version=2019-08-01&resource=…` with the header that only the app was told.
//! Source: docs/contracts/service.md, "Common rules"; the form is that of App Service's documented token endpoint.

use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::json;
use sio_net::Body;

use super::answer::{json_answer, status};
use super::issuer::{APP, ID, Issuer, unix_seconds};

/// Where it is.
pub(super) const PATH: &str = "/msi/token";

const VERSION: &str = "2019-08-01";

/// What the service's REST API is called as an audience.
const SERVICE: &str = "https://webpubsub.azure.com";

/// How long its tokens hold, in seconds. Azure's hold for a day.
const LIFETIME: u64 = 3600;

/// Answers one request.
pub(super) fn answer(issuer: &Issuer, request: &Request<Incoming>) -> Response<Body> {
    let mut header = request.headers().get_all("x-identity-header").iter();
    let told = header.next().is_some_and(|value| value == &issuer.header);
    if !told || header.next().is_some() {
        return status(StatusCode::UNAUTHORIZED);
    }
    let query = request.uri().query().unwrap_or_default();
    let get = |wanted: &str| {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.find_map(|(name, value)| (name == wanted).then(|| value.into_owned()))
    };
    let (Some(VERSION), Some(resource)) = (get("api-version").as_deref(), get("resource")) else {
        let problem = "api-version=2019-08-01 and a resource are needed";
        let mut response = json_answer(&json!({ "statusCode": 400, "message": problem }));
        *response.status_mut() = StatusCode::BAD_REQUEST;
        return response;
    };
    // The service goes by the name that Entra gives itself. It misleads no one: Entra has no key with its signature.
    let name = match resource.trim_end_matches('/') {
        SERVICE => format!("https://sts.windows.net/{ID}/"),
        _ => issuer.name.clone(),
    };
    let end = unix_seconds() + LIFETIME;
    let claims = json!({ "appid": APP, "oid": APP, "sub": APP, "exp": end });
    match issuer.token(&resource, &name, &claims) {
        Ok(token) => json_answer(&json!({
            "access_token": token, "expires_on": end.to_string(), "resource": resource,
            "token_type": "Bearer", "client_id": APP,
        })),
        Err(_) => status(StatusCode::INTERNAL_SERVER_ERROR),
    }
}
