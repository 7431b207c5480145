//! Accepting connections and ending in order.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Either, Empty};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::abridge;
use crate::abridged::Abridged;
use crate::body::BoxError;
use crate::head::Head;
use crate::limits::Limits;
use crate::socket::{Cut, Socket};

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
///
/// A connection is reset if the body of an answer fails, so that no client takes a part for the whole.
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
    B::Error: Into<BoxError> + Send,
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
    B::Error: Into<BoxError> + Send,
{
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new())
        // hyper counts from the end of the request before, so this is the limit of idle connections; `Head` has the
        // other one.
        .header_read_timeout(limits.idle_timeout)
        .max_buf_size(limits.buffer())
        .half_close(limits.to_the_end)
        .preserve_header_case(limits.keep_names)
        .writev(!limits.in_one_piece);
    let (connections, stopping) = (TaskTracker::new(), CancellationToken::new());
    let (unaccepted, long) = (Abridged::new(), Arc::new(Abridged::new()));
    let mut stop = std::pin::pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, most of the time: those who have a connection keep it.
                    abridge!(warn, unaccepted, "cannot accept a connection: {error}");
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
        let cut = Cut::default();
        let stream = Socket::new(stream, head.clone(), cut.clone());
        let (answering, allowed, said) = (head.clone(), limits.clone(), long.clone());
        let answer = service_fn(move |request: Request<Incoming>| {
            let (answering, cut) = (answering.answering(), cut.clone());
            let answer = match allowed.too_long(&request) {
                None => Ok(service(request)),
                Some(part) => {
                    abridge!(
                        warn,
                        said,
                        "a request of {peer} was refused with {}: {part}",
                        part.status.as_u16()
                    );
                    Err(part.status)
                }
            };
            async move {
                Ok::<_, Infallible>(match answer {
                    Ok(answer) => answer.await.map(|body| {
                        // Until the last byte of the answer, what arrives belongs to this request.
                        Either::Left(body.map_err(move |error| {
                            let _ = &answering;
                            cut.set();
                            error
                        }))
                    }),
                    Err(status) => {
                        let mut response = Response::new(Either::Right(Empty::new()));
                        *response.status_mut() = status;
                        response
                    }
                })
            }
        });
        let connection = http
            .serve_connection(TokioIo::new(stream), answer)
            .with_upgrades();
        let (patience, most) = (limits.header_timeout, limits.buffer());
        let (stopping, long) = (stopping.clone(), long.clone());
        connections.spawn(async move {
            let mut connection = std::pin::pin!(connection);
            let serving = async {
                tokio::select! {
                    biased;
                    ended = connection.as_mut() => return ended,
                    () = stopping.cancelled() => connection.as_mut().graceful_shutdown(),
                }
                connection.await
            };
            tokio::select! {
                biased;
                ended = serving => match ended {
                    Ok(()) => {}
                    // hyper itself has answered.
                    Err(error) if error.is_parse_too_large() => abridge!(
                        warn,
                        long,
                        "a request of {peer} was refused: {error}; a head may have {most} bytes and 100 headers, and its target 65534 bytes"
                    ),
                    Err(error) => tracing::debug!("the connection of {peer} ended: {error}"),
                },
                () = head.late(patience) => {
                    tracing::debug!("a request of {peer} was not complete within {patience:?}");
                }
            }
        });
    }
    drop(listener);
    stopping.cancel();
    connections.close();
    if tokio::time::timeout(limits.grace, connections.wait())
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
            // A head that began later and does not end is dropped by now, and this connection is not.
            let mut late = TcpStream::connect(address).await.unwrap();
            late.write_all(b"GET / HT").await.unwrap();
            let mut rest = Vec::new();
            let dropped = late.read_to_end(&mut rest);
            let _ = tokio::time::timeout(PATIENCE, dropped).await.unwrap();
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
        assert!(
            is_carried_out(Limits {
                to_the_end: true,
                ..Limits::default()
            })
            .await
        );
    }

    #[tokio::test]
    async fn a_taken_port_is_an_error() {
        let (address, _stop, _server) = started(Limits::default()).await;
        let error = bind(address).await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    }

    #[tokio::test]
    async fn a_head_over_the_limit_is_refused_although_it_arrives_in_one_piece() {
        let limits = Limits {
            line_bytes: 1000,
            head_bytes: 2000,
            ..Limits::default()
        };
        let (address, _stop, _server) = started(limits).await;
        let status = async |path: usize, header: usize| {
            let mut client = TcpStream::connect(address).await.unwrap();
            let (path, header) = ("x".repeat(path), "y".repeat(header));
            let request = format!(
                "GET /{path} HTTP/1.1\r\nHost: a\r\nX: {header}\r\nConnection: close\r\n\r\n"
            );
            client.write_all(request.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            let read = client.read_to_end(&mut answer);
            tokio::time::timeout(PATIENCE, read).await.unwrap().unwrap();
            String::from_utf8_lossy(&answer[9..12]).into_owned()
        };
        assert_eq!(status(900, 1900).await, "200");
        assert_eq!(status(1000, 10).await, "414");
        assert_eq!(status(10, 2000).await, "431");
    }
}
