//! Sign-in as App Service Authentication does it, for a developer's machine: a name that is typed becomes the user.
//!
//! What an app can tell is the platform's: paths below `/.auth/`, a session in a cookie, and the headers with the
//! principal, which callers cannot set. Source: docs/contracts/functions-host.md, "HTTP request object"; the rest
//! is App Service's documentation of its authentication. Who types a name proves nothing, so this is for loopback and
//! nothing else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::{Value, json};
use sio_net::Body;

use super::answer::{json_answer, status};
use super::issuer::ID;
use super::sign_in_page;

const PREFIX: &str = "/.auth/";
const LOGIN: &str = "/.auth/login/aad";
const COOKIE_NAME: &str = "AppServiceAuthSession";
/// What the platform writes, and takes off what comes from outside.
const OWN_HEADERS: [&str; 2] = ["x-ms-client-principal", "x-ms-token-"];
const OBJECT_ID: &str = "http://schemas.microsoft.com/identity/claims/objectidentifier";
/// Bytes of the form with the name, and letters of a name.
const LONGEST_FORM: usize = 4096;
const LONGEST_NAME: usize = 100;

/// Signs users in, in front of a host: see [`Builder::sign_in`](crate::Builder::sign_in).
///
/// Clones share their sessions, so that a host which starts again knows its users. A session ends with the process.
#[derive(Debug, Clone)]
pub struct SignIn {
    audience: Arc<str>,
    sessions: Arc<Mutex<HashMap<String, User>>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct User {
    name: String,
    id: String,
}

impl SignIn {
    /// No user is signed in yet. The audience stands in each principal, as the client id of the app's registration
    /// does.
    #[must_use]
    pub fn new(audience: &str) -> Self {
        Self {
            audience: audience.into(),
            sessions: Arc::default(),
        }
    }

    /// Signs a user in without the form, for tests: what a client sends as `cookie` from then on. A name has 1 to 100
    /// letters.
    #[must_use]
    pub fn session(&self, name: &str) -> Option<String> {
        let user = User::named(name)?;
        let session = uuid::Uuid::new_v4().to_string();
        let cookie = format!("{COOKIE_NAME}={session}");
        self.sessions().insert(session, user);
        Some(cookie)
    }

    /// Takes off what only the platform may write, and says who is signed in; or answers in the app's place.
    pub(crate) async fn admit(
        &self,
        mut request: Request<Incoming>,
    ) -> Result<Request<Incoming>, Response<Body>> {
        let forged: Vec<HeaderName> = request.headers().keys().filter(is_own).cloned().collect();
        for name in forged {
            request.headers_mut().remove(name);
        }
        let user = self.user(request.headers());
        if under(request.uri().path()) {
            return Err(self.answer(request, user).await);
        }
        if let Some(user) = user {
            for (name, value) in self.headers(&user) {
                if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                    request.headers_mut().insert(name, value);
                }
            }
        }
        Ok(request)
    }

    async fn answer(&self, request: Request<Incoming>, user: Option<User>) -> Response<Body> {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let back = |name: &str| local(parameter(query.as_bytes(), name));
        match (request.method().clone(), request.uri().path()) {
            (Method::GET, LOGIN) => {
                let back = back("post_login_redirect_uri");
                sign_in_page::answer(LOGIN, &back, None)
            }
            (Method::POST, LOGIN) => self.sign_in(request).await,
            (Method::GET, "/.auth/me") => match user {
                Some(user) => json_answer(&json!([self.profile(&user)])),
                None => status(StatusCode::UNAUTHORIZED),
            },
            (Method::GET, "/.auth/logout") => {
                self.sign_out(request.headers());
                let gone = format!("{COOKIE_NAME}=; Path=/; Max-Age=0");
                redirect(&back("post_logout_redirect_uri"), &gone)
            }
            _ => status(StatusCode::NOT_FOUND),
        }
    }

    async fn sign_in(&self, request: Request<Incoming>) -> Response<Body> {
        if !is_own_page(request.headers()) {
            return status(StatusCode::FORBIDDEN);
        }
        let Ok(form) = sio_net::limited(request.into_body(), LONGEST_FORM).await else {
            return status(StatusCode::BAD_REQUEST);
        };
        let back = local(parameter(&form, "back"));
        let name = parameter(&form, "name").unwrap_or_default();
        match self.session(&name) {
            Some(cookie) => redirect(&back, &format!("{cookie}; Path=/; HttpOnly; SameSite=Lax")),
            None => sign_in_page::answer(LOGIN, &back, Some("1 to 100 letters, please")),
        }
    }

    fn sign_out(&self, headers: &HeaderMap) {
        let mut sessions = self.sessions();
        for session in cookies(headers) {
            sessions.remove(session);
        }
    }

    fn user(&self, headers: &HeaderMap) -> Option<User> {
        let sessions = self.sessions();
        cookies(headers).find_map(|session| sessions.get(session).cloned())
    }

    fn sessions(&self) -> std::sync::MutexGuard<'_, HashMap<String, User>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn claims(&self, user: &User) -> Value {
        let claim = |kind: &str, value: &str| json!({ "typ": kind, "val": value });
        json!([
            claim("aud", &self.audience),
            claim("name", &user.name),
            claim("preferred_username", &user.name),
            claim(OBJECT_ID, &user.id),
            claim("http://schemas.microsoft.com/identity/claims/tenantid", ID),
        ])
    }

    fn headers(&self, user: &User) -> [(&'static str, String); 4] {
        let principal = json!({
            "auth_typ": "aad", "claims": self.claims(user), "name_typ": "name", "role_typ": "roles",
        });
        [
            (
                "x-ms-client-principal",
                STANDARD.encode(principal.to_string()),
            ),
            ("x-ms-client-principal-id", user.id.clone()),
            ("x-ms-client-principal-idp", "aad".to_owned()),
            ("x-ms-client-principal-name", user.name.clone()),
        ]
    }

    fn profile(&self, user: &User) -> Value {
        json!({ "provider_name": "aad", "user_id": user.name, "user_claims": self.claims(user) })
    }
}

impl User {
    /// The user of this name, with an id that is the same each time.
    fn named(name: &str) -> Option<Self> {
        let name = name.trim();
        let fits = (1..=LONGEST_NAME).contains(&name.chars().count());
        if !fits || name.chars().any(char::is_control) {
            return None;
        }
        let hash = digest::digest(&digest::SHA256, name.as_bytes());
        let bytes = hash.as_ref().first_chunk::<16>()?;
        Some(Self {
            name: name.to_owned(),
            id: uuid::Builder::from_random_bytes(*bytes)
                .into_uuid()
                .to_string(),
        })
    }
}

fn is_own(name: &&HeaderName) -> bool {
    let mut own = OWN_HEADERS.iter();
    own.any(|start| name.as_str().starts_with(start))
}

fn under(path: &str) -> bool {
    let head = path.get(..PREFIX.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(PREFIX))
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(COOKIE).iter();
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .filter_map(|(name, value)| (name == COOKIE_NAME).then_some(value))
}

/// Whether a form was sent by a page of this address, so that no other page signs a user in.
fn is_own_page(headers: &HeaderMap) -> bool {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    match (text(ORIGIN), text(HOST)) {
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, of)| of == host),
        // No browser: forms have an origin.
        (None, _) => true,
        (Some(_), None) => false,
    }
}

fn parameter(pairs: &[u8], wanted: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(pairs);
    pairs.find_map(|(name, value)| (name == wanted).then(|| value.into_owned()))
}

/// Where to go afterwards: a path of this address and nothing else, or the start.
fn local(wanted: Option<String>) -> String {
    let is_local = |path: &String| {
        path.starts_with('/')
            && !path[1..].starts_with(['/', '\\'])
            && path.chars().all(|letter| letter.is_ascii_graphic())
    };
    wanted.filter(is_local).unwrap_or_else(|| "/".to_owned())
}

fn redirect(to: &str, cookie: &str) -> Response<Body> {
    let mut response = status(StatusCode::SEE_OTHER);
    for (name, value) in [(LOCATION, to), (SET_COOKIE, cookie)] {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_user_with_one_id() {
        let ada = User::named(" Ada ").unwrap();
        assert_eq!(ada.name, "Ada");
        assert_eq!(
            Some(&ada.id),
            User::named("Ada").map(|user| user.id).as_ref()
        );
        assert_ne!(ada.id, User::named("ada").unwrap().id);
        let long = "x".repeat(LONGEST_NAME + 1);
        for wrong in ["", "  ", "a\nb", &long] {
            assert_eq!(User::named(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn nobody_is_sent_elsewhere() {
        let local = |path: &str| local(Some(path.to_owned()));
        assert_eq!(local("/api/index?x=1"), "/api/index?x=1");
        for wrong in [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "",
            "/a\r\nb",
            "/é",
        ] {
            assert_eq!(local(wrong), "/", "{wrong:?}");
        }
    }

    #[test]
    fn only_a_page_of_this_address_signs_in() {
        let of = |pairs: &[(&'static str, &str)]| {
            let pairs = pairs.iter();
            let headers =
                pairs.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            is_own_page(&headers.collect())
        };
        assert!(of(&[
            ("origin", "http://localhost:7071"),
            ("host", "localhost:7071")
        ]));
        assert!(of(&[("host", "localhost:7071")]));
        assert!(!of(&[
            ("origin", "http://evil.example"),
            ("host", "localhost:7071")
        ]));
        assert!(!of(&[("origin", "null"), ("host", "localhost:7071")]));
    }
}
