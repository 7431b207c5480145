//! What a port answers before there is something to serve: a page that says so, and loads itself again.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use sio_net::{Body, full};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const HEAD: &str = r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="1"><title>Building…</title>
<style>:root { color-scheme: light dark } body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 20vh auto; padding: 0 1.25rem }</style>
</head><body><h1>"#;

/// A port that is kept for as long as this tool runs, for one server after the other.
#[derive(Debug)]
pub(super) struct Port(std::net::TcpListener);

impl Port {
    /// Keeps the port of a listener.
    pub(super) fn of(listener: TcpListener) -> anyhow::Result<Self> {
        let listener = listener.into_std().context("cannot keep the port")?;
        Ok(Self(listener))
    }

    /// Its address.
    pub(super) fn address(&self) -> anyhow::Result<SocketAddr> {
        self.0.local_addr().context("the port is unknown")
    }

    /// A listener for the next server. What connects meanwhile waits.
    pub(super) fn listener(&self) -> anyhow::Result<TcpListener> {
        let copy = self.0.try_clone().context("cannot share the port")?;
        TcpListener::from_std(copy).context("cannot share the port")
    }
}

/// What the page says.
#[derive(Debug, Clone)]
pub(super) struct Notice(Arc<Mutex<&'static str>>);

impl Notice {
    pub(super) fn new(text: &'static str) -> Self {
        Self(Arc::new(Mutex::new(text)))
    }

    pub(super) fn say(&self, text: &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }

    /// Answers every request on a port, until this is dropped.
    pub(super) fn serve(&self, port: &Port) -> anyhow::Result<Building> {
        let listener = port.listener()?;
        let notice = self.clone();
        let answer = move |_| {
            let response = notice.response();
            async move { response }
        };
        let limits = sio_net::Limits::default();
        let serving = sio_net::serve(listener, answer, limits, std::future::pending());
        Ok(Building(tokio::spawn(serving)))
    }

    fn response(&self) -> Response<Body> {
        let text = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut response = Response::new(full(format!("{HEAD}{text}</h1></body></html>\n")));
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        let headers = response.headers_mut();
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        headers.insert(CONTENT_TYPE, html);
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // The next request must reach the server that has the port then.
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
        response
    }
}

/// A port that says that something is being built.
#[derive(Debug)]
pub(super) struct Building(JoinHandle<()>);

impl Drop for Building {
    fn drop(&mut self) {
        self.0.abort();
    }
}
