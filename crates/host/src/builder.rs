//! Putting a host together.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

use crate::auth::Keys;
use crate::clock::Clock;
use crate::config::{Config, Framing};
use crate::error::StartError;
use crate::front;
use crate::hop::{Hop, Hops};
use crate::host::{Host, Tasks};
use crate::load::Loader;
use crate::platform::SignIn;
use crate::recording::Recorder;
use crate::socketio::{Identity, Tokens};
use crate::timer::Statuses;

/// A host to be started; see [`Host::builder`].
#[derive(Debug)]
#[must_use]
pub struct Builder {
    config: Config,
    listener: Option<TcpListener>,
    hops: Option<broadcast::Sender<Hop>>,
}

impl Host {
    /// A host for the app whose script root (the folder with host.json) this is.
    pub fn builder(root: impl Into<PathBuf>) -> Builder {
        Builder {
            config: Config::new(root.into()),
            listener: None,
            hops: None,
        }
    }
}

impl Builder {
    /// Where to listen; a free port of 127.0.0.1 by default.
    pub fn listener(mut self, listener: TcpListener) -> Self {
        self.listener = Some(listener);
        self
    }

    /// Where hops go, to see those of the start too. [`Host::hops`] subscribes to the same.
    pub fn hops(mut self, sender: broadcast::Sender<Hop>) -> Self {
        self.hops = Some(sender);
        self
    }

    /// The Socket.IO client for browsers. Pages that load it from `cdn.socket.io` then load it from the host, so that
    /// they work without a network.
    pub fn client_script(mut self, script: impl Into<Bytes>) -> Self {
        self.config.client_script = Some(script.into());
        self
    }

    /// Pages reload themselves in the browser when this number changes.
    pub fn reload_pages(mut self, version: watch::Receiver<u64>) -> Self {
        self.config.reload = Some(version);
        self
    }

    /// An app setting. It wins over the environment and over local.settings.json.
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.config.variables.set(name, value);
        self
    }

    /// Use a handler that already listens on this port of 127.0.0.1, for instance under a debugger.
    pub fn attach(mut self, port: u16) -> Self {
        self.config.attach = Some(port);
        self
    }

    /// Keep every request to the handler and its answer in a folder, one file of JSON each: a [`crate::Recording`].
    ///
    /// Keys, tokens and cookies are left out or masked, but a recorded event holds the service's signature of its
    /// connection id, for the handler checks it. A body of more than 4 MiB is not kept; a warning says so. Readiness
    /// probes are not invocations and are left out.
    pub fn record(mut self, folder: impl Into<PathBuf>) -> Self {
        self.config.record = Some(folder.into());
        self
    }

    /// How envelopes are framed; by chance by default.
    pub fn framing(mut self, framing: Framing) -> Self {
        self.config.framing = framing;
        self
    }

    /// Ask callers for keys, as Azure does: functions by their `authLevel`, the admin API and the webhooks of
    /// extensions. [`Host::keys`] has them; they are made anew at each start.
    pub fn enable_auth(mut self, enable: bool) -> Self {
        self.config.auth = enable;
        self
    }

    /// Sign users in before requests reach the app, as App Service Authentication does, and tell the app so by
    /// `WEBSITE_AUTH_ENABLED`. A caller without a session stays anonymous. Bearer tokens are the app's to check.
    pub fn sign_in(mut self, sign_in: SignIn) -> Self {
        self.config.variables.set("WEBSITE_AUTH_ENABLED", "True");
        self.config.sign_in = Some(sign_in);
        self
    }

    /// Let pages of these origins call (separated by commas; `*` is any), with cookies if `credentials`. It replaces
    /// `Host.CORS` and `Host.CORSCredentials` of local.settings.json. The host does not start with both `*` and
    /// credentials.
    pub fn cors(mut self, origins: impl Into<String>, credentials: bool) -> Self {
        self.config.cors = Some((origins.into(), credentials));
        self
    }

    /// A further name under which the host may be asked, for example that of a tunnel. Loopback names and addresses need
    /// not be named. A request that names another host is refused, so that no web page can use a name of its own to
    /// reach the host.
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.config.hosts.push(name.into());
        self
    }

    /// The clock that timers go by; the system's by default.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.config.clock = clock;
        self
    }

    /// A file that keeps the last and next occurrence of each timer, so that one missed while the host was down is past
    /// due when it starts again. Without it each start is the first.
    pub fn timer_statuses(mut self, file: impl Into<PathBuf>) -> Self {
        self.config.timer_statuses = Some(file.into());
        self
    }

    /// Whether timers fire by themselves, which they do by default. A function without its timer can still be run by hand.
    pub fn timers(mut self, fire: bool) -> Self {
        self.config.timers = fire;
        self
    }

    /// Start again when files of the app change: host.json, function.json, local.settings.json, the handler's
    /// executable, and the files and folders that host.json names in `watchFiles` and `watchDirectories`. The listener
    /// stays, and requests wait meanwhile; an app that cannot be loaded leaves the one before in place.
    pub fn watch(mut self, watch: bool) -> Self {
        self.config.watch = watch;
        self
    }

    /// Where tokens come from for Socket.IO connections by identity (`NAME__endpoint` without an access key). They are for
    /// the scope `https://webpubsub.azure.com/.default`, and are asked for before each request to the service. Without a
    /// source such connections cannot be used.
    pub fn identities<F, R>(mut self, tokens: F) -> Self
    where
        F: Fn(Identity) -> R + Send + Sync + 'static,
        R: Future<Output = Result<String, String>> + Send + 'static,
    {
        self.config.tokens = Some(Tokens::new(tokens));
        self
    }

    /// Starts the host; ready when its handler is. Requests that come earlier wait.
    ///
    /// # Errors
    /// The app cannot be loaded, no port can be bound, or the handler does not run.
    pub async fn start(self) -> Result<Host, StartError> {
        let Self {
            mut config,
            listener,
            hops,
        } = self;
        config.root = std::path::absolute(&config.root)
            .and_then(std::fs::canonicalize)
            .map_err(|source| StartError::Root {
                root: config.root.clone(),
                source,
            })?;
        let hops = Hops::new(hops.unwrap_or_else(|| broadcast::channel(Hops::CAPACITY).0));
        let listener = match listener {
            Some(listener) => listener,
            None => TcpListener::bind(("127.0.0.1", 0))
                .await
                .map_err(StartError::Listen)?,
        };
        let address = listener.local_addr().map_err(StartError::Listen)?;
        let (statuses, problem) = Statuses::open(config.timer_statuses.clone());
        if let Some(problem) = problem {
            hops.send(Hop::Warning(problem));
        }
        let recorder = match &config.record {
            Some(folder) => {
                let recorder = Recorder::new(folder.clone(), hops.clone());
                Some(Arc::new(recorder.map_err(|source| StartError::Record {
                    folder: folder.clone(),
                    source,
                })?))
            }
            None => None,
        };
        let loader = Loader {
            config: Arc::new(config),
            address,
            recorder,
            keys: Arc::new(Keys::new()),
            queues: Arc::default(),
            statuses: Arc::new(statuses),
            hops,
            stop: CancellationToken::new(),
        };
        let tasks = Tasks::start(listener, loader, front::answer)?;
        let host = Host::new(address, tasks);
        host.ready().await?;
        Ok(host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_can_be_started_by_any_task() {
        fn sendable<T: Send>(_: &T) {}
        sendable(&Host::builder("x").start());
    }
}
