//! Accepting connections and ending in order.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::body::BoxError;
use crate::head::{Answering, Head, Watched};

/// What a connection may cost.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// How long a client may take to send the head of a request, from its first byte; noticed up to half as much later.
    pub header_timeout: Duration,
    /// How long a connection may wait for its next request. Longer than clients keep theirs in a pool, so that it is
    /// never the server who hangs up while a request is on its way.
    pub idle_timeout: Duration,
    /// How long open requests may go on after the server was told to stop.
    pub grace: Duration,
    /// Bytes of one request's head.
    pub head_bytes: usize,
    /// Whether a request is answered to its end even if the client has gone meanwhile. Otherwise its future is dropped
    /// then.
    pub to_the_end: bool,
    /// Whether the body of an answer is copied behind its head and both are written together. That saves more than it
    /// costs where answers are short, and each connection keeps room for the longest that it has written.
    pub in_one_piece: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(240),
            grace: Duration::from_secs(2),
            head_bytes: 64 * 1024,
            to_the_end: false,
            in_one_piece: false,
        }
    }
}

impl Limits {
    /// The same with another time for open requests to end.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// The same for a server that finishes its requests even if the client has disconnected.
    #[must_use]
    pub fn to_the_end(mut self) -> Self {
        self.to_the_end = true;
        self
    }

    /// The same for a server whose answers are short.
    #[must_use]
    pub fn in_one_piece(mut self) -> Self {
        self.in_one_piece = true;
        self
    }
}

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// Listens on an address. Port 0 picks a free one; `local_addr` tells which.
///
/// # Errors
/// The address is taken or not ours.
pub async fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// Serves HTTP/1.1 on a listener until `stop` is ready; upgrades are allowed.
///
/// Then no connection is accepted any more, idle ones are closed, and open requests have [`Limits::grace`] to end.
pub async fn serve<S, F, B>(
    listener: TcpListener,
    service: S,
    limits: Limits,
    stop: impl Future<Output = ()>,
) where
    S: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<B>> + Send,
    B: http_body::Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    serve_each(listener, |_| service.clone(), limits, stop).await;
}

/// As [`serve`], with a service for each connection, which is told who is at its other end.
pub async fn serve_each<M, S, F, B>(
    listener: TcpListener,
    make: M,
    limits: Limits,
    stop: impl Future<Output = ()>,
) where
    M: Fn(Peer) -> S,
    S: Fn(Request<Incoming>) -> F + Send + Sync + 'static,
    F: Future<Output = Response<B>> + Send,
    B: http_body::Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new())
        // hyper counts from the end of the request before, so this is the limit of idle connections; `Head` has the
        // other one.
        .header_read_timeout(limits.idle_timeout)
        .max_buf_size(limits.head_bytes)
        .half_close(limits.to_the_end)
        .writev(!limits.in_one_piece);
    // Each connection holds a receiver, so the sender knows when the last one has ended.
    let (stopping, told) = watch::channel(());
    let mut stop = std::pin::pin!(stop);

    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, most of the time: those who have a connection keep it.
                    tracing::warn!("a connection could not be accepted: {error}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        // Small packets go out at once; where it cannot be set, they go out a little later.
        let _ = stream.set_nodelay(true);
        let service = make(Peer(peer));
        let head = Arc::new(Head::default());
        let watched = Watched::new(stream, head.clone());
        let heads = head.clone();
        let connection = http
            .serve_connection(
                TokioIo::new(watched),
                service_fn(move |request: Request<Incoming>| {
                    let answering = Answering::begin(&heads);
                    let response = service(request);
                    async move {
                        let response = response.await;
                        // Until the last byte of the answer, what arrives belongs to this request.
                        Ok::<_, Infallible>(response.map(|body| answering.with(body)))
                    }
                }),
            )
            .with_upgrades();
        let mut told = told.clone();
        let header_timeout = limits.header_timeout;
        tokio::spawn(async move {
            let mut connection = std::pin::pin!(connection);
            let serving = async {
                tokio::select! {
                    ended = connection.as_mut() => ended,
                    _ = told.changed() => {
                        connection.as_mut().graceful_shutdown();
                        connection.await
                    }
                }
            };
            let ended = tokio::select! {
                ended = serving => ended,
                () = head.late(header_timeout) => {
                    tracing::debug!("a request of {peer} was not complete within {header_timeout:?}");
                    return;
                }
            };
            if let Err(error) = ended {
                tracing::debug!("the connection of {peer} ended: {error}");
            }
        });
    }

    drop((listener, told));
    stopping.send_replace(());
    if tokio::time::timeout(limits.grace, stopping.closed())
        .await
        .is_err()
    {
        tracing::debug!("requests were still open after {:?}", limits.grace);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Body, full};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;
    use tokio::sync::{Notify, mpsc, oneshot};

    const PATIENCE: Duration = Duration::from_secs(10);

    async fn hello(_: Request<Incoming>) -> Response<Body> {
        Response::new(full("hello"))
    }

    async fn started(
        limits: Limits,
    ) -> (SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
        let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(serve(listener, hello, limits, async move {
            let _ = stopped.await;
        }));
        (address, stop, server)
    }

    #[tokio::test]
    async fn a_half_sent_head_is_dropped() {
        let limits = Limits {
            header_timeout: Duration::from_millis(50),
            ..Limits::default()
        };
        let (address, _stop, _server) = started(limits).await;
        let mut client = TcpStream::connect(address).await.unwrap();
        client
            .write_all(b"GET / HTTP/1.1\r\nHost: a")
            .await
            .unwrap();
        let mut answer = Vec::new();
        let read = client.read_to_end(&mut answer);
        tokio::time::timeout(PATIENCE, read).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn an_idle_connection_outlives_the_time_of_a_head() {
        let limits = Limits {
            header_timeout: Duration::from_millis(20),
            ..Limits::default()
        };
        let (address, _stop, _server) = started(limits).await;
        let mut client = TcpStream::connect(address).await.unwrap();
        for _ in 0..2 {
            client
                .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                .await
                .unwrap();
            let mut answer = [0; 512];
            let length = client.read(&mut answer).await.unwrap();
            assert!(String::from_utf8_lossy(&answer[..length]).ends_with("hello"));
            let closed = client.read(&mut answer);
            let closed = tokio::time::timeout(Duration::from_millis(200), closed).await;
            assert!(closed.is_err(), "it was closed while it was idle");
        }
        client.write_all(b"GET / HT").await.unwrap();
        let mut answer = Vec::new();
        let read = client.read_to_end(&mut answer);
        // Whether it is closed in order or reset, it ends.
        let _ = tokio::time::timeout(PATIENCE, read).await.unwrap();
    }

    #[tokio::test]
    async fn an_idle_connection_ends_in_the_end() {
        let limits = Limits {
            idle_timeout: Duration::from_millis(50),
            ..Limits::default()
        };
        let (address, _stop, _server) = started(limits).await;
        let mut client = TcpStream::connect(address).await.unwrap();
        let mut answer = Vec::new();
        let read = client.read_to_end(&mut answer);
        tokio::time::timeout(PATIENCE, read).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn stopping_closes_idle_connections() {
        let (address, stop, server) = started(Limits::default()).await;
        let mut client = TcpStream::connect(address).await.unwrap();
        client
            .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            .await
            .unwrap();
        let mut answer = [0; 512];
        let length = client.read(&mut answer).await.unwrap();
        assert!(String::from_utf8_lossy(&answer[..length]).ends_with("hello"));
        stop.send(()).unwrap();
        tokio::time::timeout(PATIENCE, server)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(client.read(&mut answer).await.unwrap(), 0);
    }

    /// Whether a request is finished although its client has disconnected.
    async fn is_carried_out(limits: Limits) -> bool {
        let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (begun, mut has_begun) = mpsc::unbounded_channel();
        let go = Arc::new(Notify::new());
        let going = go.clone();
        let service = move |_: Request<Incoming>| {
            // The receiver gets a message when the request is finished, and hears of the sender's end when it is
            // dropped.
            let (ended, has_ended) = oneshot::channel();
            begun.send(has_ended).unwrap();
            let going = going.clone();
            async move {
                going.notified().await;
                let _ = ended.send(());
                Response::new(full("done"))
            }
        };
        let server = tokio::spawn(serve(listener, service, limits, std::future::pending()));
        let mut client = TcpStream::connect(address).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        client.write_all(request).await.unwrap();
        let has_ended = has_begun.recv().await.unwrap();
        drop(client);
        // That a connection has gone is known once another that came later has been answered.
        let mut later = TcpStream::connect(address).await.unwrap();
        later.write_all(request).await.unwrap();
        let _later = has_begun.recv().await.unwrap();
        go.notify_waiters();
        let outcome = tokio::time::timeout(PATIENCE, has_ended).await.unwrap();
        server.abort();
        outcome.is_ok()
    }

    #[tokio::test]
    async fn a_request_whose_client_has_gone_ends_as_the_limits_say() {
        assert!(!is_carried_out(Limits::default()).await);
        assert!(is_carried_out(Limits::default().to_the_end()).await);
    }

    #[tokio::test]
    async fn a_taken_port_is_an_error() {
        let (address, _stop, _server) = started(Limits::default()).await;
        let error = bind(address).await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    }
}
