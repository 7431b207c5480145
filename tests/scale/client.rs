//! A Socket.IO client over a raw WebSocket: negotiates, joins, calls, and keeps what it hears.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub(crate) struct Client {
    pub(crate) number: usize,
    pub(crate) user: String,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    calls: usize,
    events: Vec<Value>,
}

impl Client {
    /// Asks the app for a token and joins with it.
    pub(crate) async fn connect(http: &reqwest::Client, app: &str, number: usize) -> Self {
        let user = format!("user{number}");
        let asked = http.get(format!("{app}/api/negotiate?user={user}"));
        let answer = asked.send().await.unwrap().text().await.unwrap();
        let answer: Value =
            serde_json::from_str(&answer).unwrap_or_else(|_| panic!("no token: {answer}"));
        let part = |name: &str| answer[name].as_str().unwrap();
        let url = format!(
            "{}{}/?EIO=4&transport=websocket&access_token={}",
            part("endpoint").replacen("http", "ws", 1),
            part("path"),
            part("token"),
        );
        let (socket, _) = connect_async(url).await.unwrap();
        let mut client = Self {
            number,
            user,
            socket,
            calls: 0,
            events: Vec::new(),
        };
        assert!(client.next().await.starts_with("0{"));
        client.send("40").await;
        let joined = client.next().await;
        assert!(joined.starts_with("40{"), "{joined}");
        client
    }

    /// Emits an event with a list of arguments and waits for its acknowledgement. Other events on the way are kept.
    pub(crate) async fn call(&mut self, event: &str, arguments: &Value) -> Value {
        let id = self.calls;
        self.calls += 1;
        let mut data = vec![Value::from(event)];
        data.extend(arguments.as_array().unwrap().iter().cloned());
        self.send(&format!("42{id}{}", Value::Array(data))).await;
        let expected = format!("43{id}[");
        loop {
            let packet = self.next().await;
            if packet.starts_with(&expected) {
                return serde_json::from_str(&packet[expected.len() - 1..]).unwrap();
            }
            let event = packet.strip_prefix("42");
            let event = event.unwrap_or_else(|| panic!("{}: {packet}", self.user));
            self.events.push(serde_json::from_str(event).unwrap());
        }
    }

    /// The arguments of each event of this name so far.
    pub(crate) fn heard(&self, event: &str) -> Vec<Value> {
        let lists = self.events.iter().filter_map(Value::as_array);
        let named = lists.filter(|list| list[0] == event);
        named.map(|list| list[1..].into()).collect()
    }

    async fn send(&mut self, packet: &str) {
        self.socket.send(Message::text(packet)).await.unwrap();
    }

    /// The next packet that is not a heartbeat.
    async fn next(&mut self) -> String {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) if text == "2" => self.send("3").await,
                Some(Ok(Message::Text(text))) => return text.to_string(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("{} lost its connection: {other:?}", self.user),
            }
        }
    }
}
