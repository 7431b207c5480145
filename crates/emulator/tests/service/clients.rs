//! Raw clients: they say what a test tells them to, legal or not.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::PATIENCE;

/// A WebSocket that speaks Engine.IO.
pub(crate) struct Ws {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub(crate) sid: String,
    pub(crate) handshake: Value,
}

/// What a WebSocket received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Frame {
    Text(String),
    Binary(Vec<u8>),
    /// The connection ended, with this close code if there was one.
    End(Option<u16>),
}

impl Ws {
    /// Opens a session and reads its handshake.
    pub(crate) async fn open(url: &str) -> Self {
        let mut client = Self::raw(url).await.unwrap();
        let open = client.text().await;
        client.handshake = serde_json::from_str(open.strip_prefix('0').unwrap()).unwrap();
        client.sid = client.handshake["sid"].as_str().unwrap().to_owned();
        client
    }

    /// Opens a WebSocket and reads nothing.
    pub(crate) async fn raw(url: &str) -> Result<Self, Error> {
        let url = url.replacen("http", "ws", 1);
        let (socket, _) = timeout(PATIENCE, connect_async(url)).await.unwrap()?;
        Ok(Self {
            socket,
            sid: String::new(),
            handshake: Value::Null,
        })
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    pub(crate) async fn send_binary(&mut self, bytes: &'static [u8]) {
        self.socket.send(Message::binary(bytes)).await.unwrap();
    }

    /// The next frame, whatever it is.
    pub(crate) async fn next(&mut self) -> Frame {
        timeout(PATIENCE, self.next_whenever())
            .await
            .expect("a frame in time")
    }

    /// The next frame, however long it takes.
    pub(crate) async fn next_whenever(&mut self) -> Frame {
        loop {
            return match self.socket.next().await {
                Some(Ok(Message::Text(text))) => Frame::Text(text.to_string()),
                Some(Ok(Message::Binary(bytes))) => Frame::Binary(bytes.to_vec()),
                Some(Ok(Message::Close(frame))) => Frame::End(frame.map(|frame| frame.code.into())),
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => Frame::End(None),
            };
        }
    }

    /// The next frame, which is text.
    pub(crate) async fn text(&mut self) -> String {
        match self.next().await {
            Frame::Text(text) => text,
            other => panic!("text expected, got {other:?}"),
        }
    }

    /// Joins a namespace and returns the socket's id.
    pub(crate) async fn join(&mut self, namespace: &str) -> String {
        let place = if namespace == "/" {
            String::new()
        } else {
            format!("{namespace},")
        };
        self.send(&format!("40{place}")).await;
        let mut answer = self.text().await;
        while answer.starts_with("42") {
            // A broadcast to the hub reaches connections that have joined nothing yet, too.
            answer = self.text().await;
        }
        let data = answer
            .strip_prefix(&format!("40{place}"))
            .unwrap_or_else(|| panic!("{answer}"));
        let data: Value = serde_json::from_str(data).unwrap();
        assert_eq!(data.as_object().unwrap().len(), 1, "only a sid: {data}");
        data["sid"].as_str().unwrap().to_owned()
    }

    /// Reads until the connection ends; what came before is returned.
    pub(crate) async fn rest(&mut self) -> (Vec<String>, Option<u16>) {
        let mut texts = Vec::new();
        loop {
            match self.next().await {
                Frame::Text(text) => texts.push(text),
                Frame::Binary(_) => {}
                Frame::End(code) => return (texts, code),
            }
        }
    }

    /// The connection is closed in order, and nothing comes before that.
    pub(crate) async fn expect_closed(&mut self) {
        assert_eq!(self.rest().await.0, Vec::<String>::new());
    }

    /// Closes the connection with this code, and returns the code of the server's close frame.
    pub(crate) async fn close(&mut self, code: Option<u16>) -> Option<u16> {
        let frame = code.map(|code| CloseFrame {
            code: code.into(),
            reason: Utf8Bytes::default(),
        });
        let closing = self.socket.close(frame);
        timeout(PATIENCE, closing).await.unwrap().unwrap();
        self.rest().await.1
    }

    /// Queues text without waiting until it is read.
    pub(crate) async fn feed(&mut self, text: Utf8Bytes) -> Result<(), Error> {
        self.socket.send(Message::Text(text)).await
    }
}

/// A client that polls.
pub(crate) struct Polling {
    http: reqwest::Client,
    url: String,
    pub(crate) sid: String,
}

impl Polling {
    /// A WebSocket for the same session.
    pub(crate) async fn websocket(&self) -> Ws {
        let url = self
            .url()
            .replace("transport=polling", "transport=websocket");
        Ws::raw(&url).await.unwrap()
    }

    pub(crate) async fn open(http: reqwest::Client, url: &str) -> Self {
        let body = http.get(url).send().await.unwrap().text().await.unwrap();
        let handshake: Value = serde_json::from_str(body.strip_prefix('0').unwrap()).unwrap();
        let sid = handshake["sid"].as_str().unwrap().to_owned();
        Self {
            http,
            url: format!("{url}&sid={sid}"),
            sid,
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) async fn get(&self) -> (u16, String) {
        let response = self.http.get(&self.url).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// A poll that must succeed.
    pub(crate) async fn poll(&self) -> String {
        let (status, body) = self.get().await;
        assert_eq!(status, 200, "{body}");
        body
    }

    pub(crate) async fn post(&self, body: impl Into<String>) -> (u16, String) {
        let request = self.http.post(&self.url).body(body.into());
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    pub(crate) async fn send(&self, body: &str) {
        assert_eq!(self.post(body).await, (200, "ok".to_owned()));
    }

    /// Joins `/` and returns the socket's id.
    pub(crate) async fn join(&self) -> String {
        self.send("40").await;
        let body = self.poll().await;
        let data: Value = serde_json::from_str(body.strip_prefix("40").unwrap()).unwrap();
        data["sid"].as_str().unwrap().to_owned()
    }
}
