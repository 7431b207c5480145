//! An app under test, and requests to it.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use sio_protocol::signature::Signer;
use socketio_functions::App;
use socketio_functions::settings::Settings;
use tokio::task::JoinHandle;

pub(crate) use crate::service::KEY;
use crate::service::Service;

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A running app, and the service that it calls.
pub(crate) struct Running {
    pub(crate) base: String,
    pub(crate) service: Service,
    pub(crate) http: reqwest::Client,
    server: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Running {
    /// Starts an app with settings that name a recording service.
    pub(crate) async fn start(app: App) -> Self {
        Self::with(app, |settings| settings).await
    }

    pub(crate) async fn with(app: App, change: impl FnOnce(Settings) -> Settings) -> Self {
        let service = Service::start().await;
        let settings = Settings::new().with(
            Settings::CONNECTION,
            format!("Endpoint={};AccessKey={KEY};Version=1.0;", service.endpoint),
        );
        let registry = app.build(change(settings)).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            let never = std::future::pending();
            socketio_functions::serve(registry, listener, never)
                .await
                .unwrap();
        });
        Self {
            base,
            service,
            http: client(),
            server,
        }
    }

    /// Posts an event as the service would.
    pub(crate) async fn event(&self, event: &Event) -> Answer {
        let request = self
            .http
            .post(format!("{}/api/socketio", self.base))
            .headers(event.headers())
            .body(event.body.clone());
        Answer::of(request.send().await.unwrap()).await
    }
}

/// Waits until something serves HTTP at an address.
pub(crate) async fn served(http: &reqwest::Client, base: &str) {
    let ready = async {
        while http.get(base).send().await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, ready).await.unwrap();
}

pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .build()
        .unwrap()
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.text().await.unwrap(),
        }
    }

    pub(crate) fn parts(&self) -> (u16, &str) {
        (self.status, &self.body)
    }
}

/// An event of the service, to be changed as a test needs.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Event {
    fn new(kind: &str, name: &str, body: &str) -> Self {
        let connection = "conn1";
        Self {
            headers: vec![
                ("webhook-request-origin", "127.0.0.1".to_owned()),
                ("ce-connectionid", connection.to_owned()),
                ("ce-hub", "hub".to_owned()),
                ("ce-type", format!("azure.webpubsub.{kind}.{name}")),
                ("ce-eventname", name.to_owned()),
                ("ce-namespace", "/".to_owned()),
                ("ce-socketid", "s1".to_owned()),
                ("ce-userid", "ada".to_owned()),
                ("ce-id", "0".to_owned()),
                ("ce-signature", Signer::new(KEY).sign(connection)),
            ],
            body: body.to_owned(),
        }
    }

    pub(crate) fn user(name: &str, body: &str) -> Self {
        Self::new("user", name, body)
    }

    pub(crate) fn connect() -> Self {
        let body = r#"{"claims":{"role":["writer"]},"query":{},"headers":{},"clientCertificates":[],"subprotocols":[]}"#;
        Self::new("sys", "connect", body)
    }

    pub(crate) fn connected() -> Self {
        Self::new("sys", "connected", "{}")
    }

    pub(crate) fn disconnected(reason: &str) -> Self {
        Self::new(
            "sys",
            "disconnected",
            &format!(r#"{{"reason":"{reason}"}}"#),
        )
    }

    /// The same with another value in a header.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self = self.without(name);
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self
    }

    pub(crate) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            headers.append(
                HeaderName::from_static(name),
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        headers.insert("content-type", HeaderValue::from_static("text/plain"));
        headers
    }

    /// The headers as the JSON envelope carries them.
    pub(crate) fn wrapped_headers(&self) -> serde_json::Value {
        let pairs = self.headers.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), serde_json::json!([value])))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }
}
