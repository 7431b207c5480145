//! `Client`: sending at once, from anywhere.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use serde::Serialize;
use sio_protocol::names::{HubName, Namespace};
use tokio::time::Instant;

use super::{Call, SendError, Service, Services};
use crate::contract::ServerEvent;
use crate::io::{IntoRooms, Io, Outbox, Scope, Selection};
use crate::settings::{Settings, SettingsError};

/// How long one sending may take, repetitions included.
const DEADLINE: Duration = Duration::from_secs(30);

/// Sends to clients at once, with the words of [`Io`](crate::io::Io).
///
/// Take it as an argument where the order of things matters more than that a failed handler has sent nothing, or where
/// work goes on after the invocation. Each word ends in a [`Sending`], which does nothing until it is awaited. It takes 30
/// seconds at most, with all tries of a call that may be made again.
///
/// ```
/// # use socketio_functions::prelude::*;
/// async fn publish(client: Client, Data(room): Data<String>) -> anyhow::Result<()> {
///     client.to(&room).emit("working", ()).await?;
///     // … something slow …
///     client.to(&room).emit("done", ()).await?;
///     Ok(())
/// }
/// # let _ = Hub::new("hub").on("publish", publish);
/// ```
///
/// It begins in the invocation's hub and namespace. Outside of an app, [`Client::new`] makes one from settings.
#[derive(Debug, Clone)]
pub struct Client {
    services: Services,
    scope: Scope,
    /// A name that was refused; it fails every sending.
    refused: Option<String>,
}

impl Client {
    /// A client for a hub of the service that the default connection names. No connection is opened yet.
    ///
    /// ```
    /// # use socketio_functions::{Client, settings::Settings};
    /// let settings = Settings::new().with(Settings::CONNECTION, "Endpoint=http://localhost:8080;AccessKey=key;");
    /// let client = Client::new(&settings, "hub").unwrap();
    /// let sending = client.to("lobby").emit("news", "hello");
    /// # drop(sending);
    /// ```
    ///
    /// # Errors
    /// The connection is missing or wrong. A hub's name is checked when something is sent.
    pub fn new(settings: &Settings, hub: &str) -> Result<Self, SettingsError> {
        Self::from_connection(settings, Settings::CONNECTION, hub)
    }

    /// The same for a hub of another service, whose connection stands in the setting of this name.
    ///
    /// # Errors
    /// As for [`Client::new`].
    pub fn from_connection(
        settings: &Settings,
        connection: &str,
        hub: &str,
    ) -> Result<Self, SettingsError> {
        let service = Service::new(settings.connection(connection)?);
        let scope = Scope {
            hub: None,
            namespace: Namespace::main(),
        };
        Ok(Self::within(Services::any(Arc::new(service)), scope).hub(hub))
    }

    /// A client that begins in a scope.
    #[must_use]
    pub(crate) fn within(services: Services, scope: Scope) -> Self {
        Self {
            services,
            scope,
            refused: None,
        }
    }

    /// Everybody in the namespace.
    pub fn all(&self) -> Receivers {
        let io = Io::new(self.scope.clone());
        if let Some(problem) = &self.refused {
            io.refuse(problem.clone());
        }
        Receivers {
            selection: io.all(),
            io,
            services: self.services.clone(),
        }
    }

    /// Sends an event to everybody in the namespace. A tuple is the list of arguments, `()` the empty list, anything else
    /// one argument.
    pub fn emit(&self, event: &str, arguments: impl Serialize) -> Sending {
        self.all().emit(event, arguments)
    }

    /// Sends an event of the [`contract`](crate::contract) to everybody in the namespace.
    pub fn send<E: ServerEvent>(&self, arguments: E::Args) -> Sending {
        self.all().send::<E>(arguments)
    }

    /// The sockets in a room, or in any of several.
    pub fn to(&self, rooms: impl IntoRooms) -> Receivers {
        self.all().to(rooms)
    }

    /// Everybody but the sockets in these rooms.
    pub fn except(&self, rooms: impl IntoRooms) -> Receivers {
        self.all().except(rooms)
    }

    /// One socket.
    pub fn socket(&self, socket: impl IntoRooms) -> Receivers {
        self.all().socket(socket)
    }

    /// All connections of a user.
    pub fn user(&self, user: impl AsRef<str>) -> Receivers {
        self.all().user(user)
    }

    /// The same in another namespace of the hub. A name that does not begin with `/` fails every sending.
    #[must_use]
    pub fn namespace(&self, namespace: &str) -> Self {
        let mut client = self.clone();
        match Namespace::new(namespace) {
            Ok(namespace) => client.scope.namespace = namespace,
            Err(error) => client.refused = Some(error.to_string()),
        }
        client
    }

    /// The same in another hub of the app.
    #[must_use]
    pub fn hub(&self, hub: &str) -> Self {
        let mut client = self.clone();
        match HubName::new(hub) {
            Ok(hub) => client.scope.hub = Some(Arc::new(hub)),
            Err(error) => client.refused = Some(error.to_string()),
        }
        client
    }
}

/// The receivers of what a [`Client`] sends.
#[derive(Debug)]
#[must_use = "nothing is sent before `emit`, `join`, `leave`, `disconnect` or `close` is called and awaited"]
pub struct Receivers {
    selection: Selection,
    io: Io,
    services: Services,
}

impl Receivers {
    /// Adds rooms: a socket is selected when it is in any of them.
    pub fn to(mut self, rooms: impl IntoRooms) -> Self {
        self.selection = self.selection.to(rooms);
        self
    }

    /// Leaves out the sockets that are in any of these rooms, however they were selected.
    pub fn except(mut self, rooms: impl IntoRooms) -> Self {
        self.selection = self.selection.except(rooms);
        self
    }

    /// Adds one socket.
    pub fn socket(mut self, socket: impl IntoRooms) -> Self {
        self.selection = self.selection.socket(socket);
        self
    }

    /// Selects only connections of this user.
    pub fn user(mut self, user: impl AsRef<str>) -> Self {
        self.selection = self.selection.user(user);
        self
    }

    /// Sends an event. A tuple is the list of arguments, `()` the empty list, anything else one argument.
    pub fn emit(self, event: &str, arguments: impl Serialize) -> Sending {
        self.selection.emit(event, arguments);
        Sending::of(self.services, self.io.close())
    }

    /// Sends an event of the [`contract`](crate::contract).
    pub fn send<E: ServerEvent>(self, arguments: E::Args) -> Sending {
        self.emit(E::NAME, arguments)
    }

    /// Puts the sockets into rooms.
    pub fn join(self, rooms: impl IntoRooms) -> Sending {
        self.selection.join(rooms);
        Sending::of(self.services, self.io.close())
    }

    /// Takes the sockets out of rooms.
    pub fn leave(self, rooms: impl IntoRooms) -> Sending {
        self.selection.leave(rooms);
        Sending::of(self.services, self.io.close())
    }

    /// Takes the sockets out of their namespace; their connections stay open for others.
    pub fn disconnect(self) -> Sending {
        self.selection.disconnect();
        Sending::of(self.services, self.io.close())
    }

    /// Closes the connections of the sockets, with all namespaces on them.
    pub fn close(self) -> Sending {
        self.selection.close();
        Sending::of(self.services, self.io.close())
    }
}

/// One call to the service, made when it is awaited. It is made again where that is safe, for half a minute at most.
#[must_use = "nothing is sent before this is awaited"]
pub struct Sending(Pin<Box<dyn Future<Output = Result<(), SendError>> + Send>>);

impl Sending {
    fn of(services: Services, outbox: Outbox) -> Self {
        Self(Box::pin(async move {
            if !outbox.errors.is_empty() {
                return Err(SendError::Refused(outbox.errors));
            }
            // One word is one call: joining several rooms is one too.
            let Some(first) = outbox.actions.first() else {
                return Ok(());
            };
            let service = services.get(&first.hub);
            let service = service.ok_or_else(|| SendError::Hub(first.hub.to_string()))?;
            let call = Call::of_all(first, &outbox.actions);
            service.send(&call, Instant::now() + DEADLINE).await
        }))
    }
}

impl Future for Sending {
    type Output = Result<(), SendError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl std::fmt::Debug for Sending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sending")
    }
}
