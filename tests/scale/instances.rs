//! Handler processes, and a balancer that gives each request to the next of them.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use sio_net::{Body, Limits, full, limited};
use socketio_functions::settings::Settings;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::SERVE;

/// The processes and the balancer in front of them. Dropped, all of them end.
pub(crate) struct Instances {
    url: String,
    ports: Arc<OnceLock<Vec<u16>>>,
    balancer: JoinHandle<()>,
    processes: Vec<Child>,
    root: tempfile::TempDir,
}

impl Drop for Instances {
    fn drop(&mut self) {
        self.balancer.abort();
    }
}

impl Instances {
    /// A balancer without processes: its address must be known before they can be told where the service is.
    pub(crate) async fn balanced() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let ports: Arc<OnceLock<Vec<u16>>> = Arc::default();
        let balancer = Balancer {
            ports: ports.clone(),
            turn: Arc::default(),
            client: Client::builder(TokioExecutor::new()).build_http(),
        };
        let pass = move |request| {
            let balancer = balancer.clone();
            async move { balancer.pass(request).await }
        };
        let serving = sio_net::serve(listener, pass, Limits::default(), std::future::pending());
        Self {
            url,
            ports,
            balancer: tokio::spawn(serving),
            processes: Vec::new(),
            root: tempfile::tempdir().unwrap(),
        }
    }

    /// Where the balancer is.
    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    /// Starts processes and waits until each of them listens. Returns their ids.
    pub(crate) async fn start(&mut self, count: usize, connection: &str) -> BTreeSet<u32> {
        let mut ports = Vec::new();
        for _ in 0..count {
            let port = free_port().await;
            let process = Command::new(std::env::current_exe().unwrap())
                .env_clear()
                .env(SERVE, "1")
                .env(Settings::PORT, port.to_string())
                .env(Settings::ROOT, self.root.path())
                .env(Settings::ENVIRONMENT, "Development")
                .env(Settings::CONNECTION, connection)
                .stdin(Stdio::null())
                .kill_on_drop(true)
                .spawn();
            self.processes.push(process.unwrap());
            ports.push(port);
        }
        for (port, process) in ports.iter().zip(&mut self.processes) {
            while TcpStream::connect(("127.0.0.1", *port)).await.is_err() {
                let ended = process.try_wait().unwrap();
                assert!(ended.is_none(), "a handler has ended: {ended:?}");
                tokio::task::yield_now().await;
            }
        }
        self.ports.set(ports).unwrap();
        self.processes.iter().filter_map(Child::id).collect()
    }
}

/// A free port. It may be taken by the time it is used; the handler waits for it then, and the test ends by its time-out.
async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

#[derive(Clone)]
struct Balancer {
    ports: Arc<OnceLock<Vec<u16>>>,
    turn: Arc<AtomicUsize>,
    client: Client<HttpConnector, Body>,
}

impl Balancer {
    /// Gives a request to the next process and its answer back.
    async fn pass(&self, request: Request<Incoming>) -> Response<Body> {
        let ports = self.ports.get().unwrap();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let (mut head, body) = request.into_parts();
        let target = format!("http://127.0.0.1:{}{}", ports[turn % ports.len()], head.uri);
        head.uri = target.parse::<Uri>().unwrap();
        let body = limited(body, 1 << 20).await.unwrap();
        let answer = self
            .client
            .request(Request::from_parts(head, full(body)))
            .await;
        let (head, body) = answer.unwrap().into_parts();
        Response::from_parts(head, full(limited(body, 1 << 20).await.unwrap()))
    }
}

/// Lets this process have as many files open as the clients and their connections need.
#[cfg(unix)]
pub(crate) fn allow_open_files(needed: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limits = getrlimit(Resource::Nofile);
    if limits.current.is_some_and(|current| current < needed) {
        let raised = Rlimit {
            current: Some(needed),
            maximum: limits.maximum,
        };
        setrlimit(Resource::Nofile, raised).unwrap_or_else(|error| {
            panic!("the test needs {needed} open files ({error}); raise the limit with `ulimit -n {needed}`")
        });
    }
}

/// Other systems do not limit the open files of a process.
#[cfg(not(unix))]
pub(crate) fn allow_open_files(_: u64) {}
