//! A client's socket in a test.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::StatusCode;
use serde::Serialize;
use serde_json::value::RawValue;
use sio_protocol::cloud_events::ConnectBody;
use sio_protocol::names::{ConnectionId, NameError, Namespace, SocketId, UserId};

use crate::app::{HubTable, NamespaceTable};
use crate::arguments::{ArgumentList, encode};
use crate::contract::ClientEvent;
use crate::handler::{
    Detail, EventInput, Failure, Function, InvocationKind, Kind, Outcome, Refusal, SocketInput,
};
use crate::io::Scope;

use super::TestApp;

/// A client's socket: who it is, and what it does. Made by [`TestApp::socket`].
///
/// ```
/// # use socketio_functions::prelude::*;
/// # use socketio_functions::testing::{TestApp, TestError};
/// async fn admit(claims: Claims) -> Result<(), Refusal> {
///     if claims.has("role", "banned") { Err(Refusal::new("banned")) } else { Ok(()) }
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), TestError> {
/// let app = TestApp::new(App::new().hub(Hub::new("hub").on_connect(admit))).await?;
/// assert!(app.socket().connect().await.rejection().is_none());
/// let outcome = app.socket().claim("role", "banned").connect().await;
/// assert_eq!(outcome.rejection(), Some((403, "banned")));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct TestSocket {
    app: TestApp,
    hub: Option<String>,
    namespace: String,
    id: String,
    connection: String,
    user: Option<String>,
    handshake: ConnectBody,
    events: Arc<AtomicU64>,
}

impl TestApp {
    /// A client's socket: `s1` on the connection `c1`, anonymous, in the main namespace of the first hub.
    #[must_use]
    pub fn socket(&self) -> TestSocket {
        TestSocket::new(self.clone())
    }
}

impl TestSocket {
    fn new(app: TestApp) -> Self {
        Self {
            app,
            hub: None,
            namespace: "/".to_owned(),
            id: "s1".to_owned(),
            connection: "c1".to_owned(),
            user: None,
            handshake: ConnectBody::default(),
            events: Arc::default(),
        }
    }

    /// The same for a user.
    #[must_use]
    pub fn user(mut self, user: &str) -> Self {
        self.user = (!user.is_empty()).then(|| user.to_owned());
        self
    }

    /// The same with another id.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }

    /// The same on another connection.
    #[must_use]
    pub fn connection(mut self, id: &str) -> Self {
        id.clone_into(&mut self.connection);
        self
    }

    /// The same in another namespace.
    #[must_use]
    pub fn namespace(mut self, namespace: &str) -> Self {
        namespace.clone_into(&mut self.namespace);
        self
    }

    /// The same in another hub.
    #[must_use]
    pub fn hub(mut self, hub: &str) -> Self {
        self.hub = Some(hub.to_owned());
        self
    }

    /// The same with one more claim in its token.
    #[must_use]
    pub fn claim(mut self, name: &str, value: &str) -> Self {
        add(&mut self.handshake.claims, name, value);
        self
    }

    /// The same with one more parameter in its handshake's query.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        add(&mut self.handshake.query, name, value);
        self
    }

    /// The same with one more header in its handshake.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        add(&mut self.handshake.headers, name, value);
        self
    }

    /// Asks to join. Without a handler it is admitted where anything is registered, and to a hub that only
    /// sends.
    pub async fn connect(&self) -> Outcome {
        let Some((hub, table)) = self.tables() else {
            let unknown = Refusal::new("Invalid namespace").status(StatusCode::NOT_FOUND.as_u16());
            let refused = Failure::Refused(Box::new(unknown));
            return Outcome {
                handled: false,
                ..Outcome::failed(InvocationKind::Connect, refused)
            }
            .end();
        };
        let detail = Detail::Connect(Box::new(self.handshake.clone()));
        self.run(hub, table.connect.as_ref(), detail).await
    }

    /// Has joined.
    pub async fn connected(&self) -> Outcome {
        let Some((hub, table)) = self.tables() else {
            return Outcome::unhandled(InvocationKind::Connected);
        };
        self.run(hub, table.connected.as_ref(), Detail::Connected)
            .await
    }

    /// Has left.
    pub async fn disconnected(&self, reason: &str) -> Outcome {
        let Some((hub, table)) = self.tables() else {
            return Outcome::unhandled(InvocationKind::Disconnected);
        };
        let detail = Detail::Disconnected(reason.to_owned());
        self.run(hub, table.disconnected.as_ref(), detail).await
    }

    /// Emits an event and waits for an acknowledgement. A tuple is the list of arguments, `()` the empty list, anything
    /// else one argument; bytes go as bytes.
    pub async fn emit(&self, event: &str, arguments: impl Serialize) -> Outcome {
        let input = match encoded(event, &arguments) {
            Ok(input) => input,
            Err(problem) => {
                return Outcome::failed(InvocationKind::Event, Failure::Invalid(problem));
            }
        };
        let Some((hub, table)) = self.tables() else {
            return Outcome::unhandled(InvocationKind::Event);
        };
        self.run(hub, table.event(event), Detail::Event(input))
            .await
    }

    /// Emits an event of the [`contract`](crate::contract).
    pub async fn send<E: ClientEvent<Args: Serialize>>(&self, arguments: E::Args) -> Outcome {
        self.emit(E::NAME, arguments).await
    }

    fn tables(&self) -> Option<(&HubTable, &NamespaceTable)> {
        let registry = &self.app.registry;
        let hub = match &self.hub {
            Some(name) => registry.hub(name)?,
            None => registry.hubs.first()?,
        };
        let table = hub.open_namespace(&self.namespace)?;
        Some((hub, table))
    }

    async fn run<K: Kind<Input = SocketInput>>(
        &self,
        hub: &HubTable,
        function: Option<&Function<K>>,
        detail: Detail,
    ) -> Outcome {
        let Some(function) = function else {
            return Outcome::unhandled(K::KIND);
        };
        match self.input(hub, detail) {
            Ok(input) => {
                let scope = Scope {
                    hub: Some(hub.name.clone()),
                    namespace: input.namespace.clone(),
                };
                let limit = self.app.event_limit;
                self.app.run_in(scope, function, input, limit).await
            }
            Err(error) => Outcome::failed(K::KIND, Failure::Invalid(error.to_string())),
        }
    }

    fn input(&self, hub: &HubTable, detail: Detail) -> Result<SocketInput, NameError> {
        let number = self.events.fetch_add(1, Ordering::Relaxed);
        Ok(SocketInput {
            hub: hub.name.clone(),
            namespace: Namespace::new(self.namespace.as_str())?,
            socket_id: SocketId::new(self.id.as_str())?,
            connection_id: ConnectionId::new(self.connection.as_str())?,
            user: self.user.as_deref().map(UserId::new).transpose()?,
            event_id: Some(number.to_string()),
            detail,
        })
    }
}

fn add(values: &mut sio_protocol::cloud_events::Values, name: &str, value: &str) {
    let values = values.entry(name.to_owned()).or_default();
    values.push(value.to_owned());
}

fn encoded(event: &str, arguments: &impl Serialize) -> Result<EventInput, String> {
    let (list, attachments) = encode(arguments).map_err(|error| error.to_string())?;
    let list: Vec<Box<RawValue>> =
        serde_json::from_str(&list).map_err(|error| error.to_string())?;
    let list: Vec<&str> = list.iter().map(|json| json.get()).collect();
    Ok(EventInput {
        name: event.to_owned(),
        arguments: ArgumentList::of(&list, attachments),
        ack_id: Some("1".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::extract::Variadic;
    use crate::prelude::*;
    use crate::settings::Settings;

    fn app() -> App {
        App::new()
            .state_with(|settings: Settings| async move {
                anyhow::Ok(settings.get("GREETING").unwrap_or("hello").to_owned())
            })
            .hub(
                Hub::new("hub")
                    .negotiate("negotiate", Identity::query("user"))
                    .on_connect(|user: Option<UserId>| async move {
                        match user {
                            Some(_) => Ok(()),
                            None => Err(Refusal::new("who?").status(401).data(7)),
                        }
                    })
                    .on_disconnected(|Reason(why): Reason, io: Io| async move {
                        io.emit("left", why);
                    })
                    .on(
                        "greet",
                        |State(text): State<String>, id: EventId| async move {
                            Ack((text, id.to_string()))
                        },
                    )
                    .on("bytes", |Data(data): Data<Bytes>| async move { Ack(data) })
                    .on("panics", |Data(no): Data<bool>, io: Io| async move {
                        io.emit("never", ());
                        assert!(no, "on purpose");
                    })
                    .on("hangs", || async { std::future::pending::<()>().await })
                    .on(
                        "wrong",
                        |io: Io| async move { io.emit("connect", "reserved") },
                    )
                    .namespace("/any", |scope| {
                        scope.on_any(|name: EventName| async move { Ack(name) })
                    }),
            )
            .timer(
                "tick",
                "* * * * * *",
                |io: Io| async move { io.emit("tick", 1) },
            )
            .queue(
                "job",
                "jobs",
                "S",
                |Data(n): Data<Vec<u8>>, io: Io| async move {
                    io.user("ada").emit("job", n);
                },
            )
            .get("hello", |request: Request| async move {
                request.query("name").unwrap_or_default()
            })
            .get("me", |user: Principal| async move { user.id })
    }

    async fn started() -> TestApp {
        let settings = Settings::new()
            .with(Settings::EVENT_DEADLINE, "0.2")
            .with("GREETING", "hi");
        TestApp::with(app(), settings).await.unwrap()
    }

    #[tokio::test]
    async fn a_socket_lives_as_the_service_would_tell() {
        let app = started().await;
        let ada = app.socket().user("ada");
        assert!(ada.connect().await.is_ok());
        let nobody = app.socket().connect().await;
        assert_eq!(nobody.rejection(), Some((401, "who?")));
        assert_eq!(nobody.rejection_data(), Some(&json!(7)));
        assert_eq!(
            ada.emit("Greet", ()).await.ack(),
            Some(json!(["hi", "c1/1"]))
        );
        assert_eq!(
            ada.disconnected("bye").await.sent(),
            [r#"emit "left": everybody"#]
        );
        assert!(!ada.connected().await.is_handled());
        let unknown = ada.emit("unknown", ()).await;
        assert!(!unknown.is_handled() && !unknown.is_ok());
        let other = ada.clone().namespace("/any").emit("what ever", ()).await;
        assert_eq!(other.ack(), Some(json!(["what ever"])));
        let nowhere = ada.namespace("/none").connect().await;
        assert_eq!(nowhere.rejection(), Some((404, "Invalid namespace")));
    }

    #[tokio::test]
    async fn failures_are_values_and_send_nothing() {
        let app = started().await;
        for (event, argument, reason) in [
            ("panics", json!([false]), "on purpose"),
            ("panics", json!([1]), "argument 1"),
            ("hangs", json!([]), "did not answer"),
            ("wrong", json!([]), "reserved"),
        ] {
            let Value::Array(arguments) = argument else {
                unreachable!("the rows above are lists")
            };
            let outcome = app.socket().emit(event, Variadic(arguments)).await;
            let failure = outcome.failure().unwrap().to_string();
            assert!(failure.contains(reason), "{event}: {failure}");
            assert!(outcome.sent().is_empty() && outcome.ack().is_none());
        }
    }

    #[tokio::test]
    async fn bytes_go_both_ways() {
        let app = started().await;
        let outcome = app.socket().emit("bytes", Bytes::from("abc")).await;
        assert_eq!(outcome.ack_attachments(), ["abc"]);
    }

    #[tokio::test]
    async fn functions_without_a_socket_run_too() {
        let app = started().await;
        assert_eq!(app.timer("tick").await.emitted("tick"), [json!([1])]);
        let outcome = app.queue("job", [1, 2]).await;
        assert_eq!(outcome.sent(), [r#"emit "job": user "ada""#]);
        assert!(!app.queue("job", "x").await.is_ok());
        assert!(!app.timer("none").await.is_handled());
        let outcome = app.get("hello?name=Zo%C3%AB").await;
        assert_eq!(outcome.response().unwrap().body, "Zoë");
        assert_eq!(app.get("me").await.response().unwrap().status, 401);
        // A name from the query counts in development alone.
        let outcome = app.get("negotiate?user=ada").await;
        assert_eq!(outcome.response().unwrap().status, 401);
        assert_eq!(outcome.user(), None);
    }
}
