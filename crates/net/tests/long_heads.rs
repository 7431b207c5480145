//! Heads that are too long are refused, and the log says so, but not each time.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Request, Response};
use sio_net::{Body, Limits, bind, empty, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        Write::write(&mut *self.0.lock().unwrap(), text)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// The next warning, which may be written after the answer.
    async fn next(&self) -> String {
        let written = async {
            loop {
                match &self.take()[..] {
                    [] => tokio::task::yield_now().await,
                    lines => return lines.join("\n"),
                }
            }
        };
        tokio::time::timeout(PATIENCE, written).await.unwrap()
    }

    /// The warnings since the last look.
    fn take(&self) -> Vec<String> {
        let text = std::mem::take(&mut *self.0.lock().unwrap());
        let text = String::from_utf8(text).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

async fn nothing(_: Request<Incoming>) -> Response<Body> {
    Response::new(empty())
}

/// The status that answers a request, and where it came from.
async fn status(server: SocketAddr, request: &str) -> (String, SocketAddr) {
    let mut client = TcpStream::connect(server).await.unwrap();
    let own = client.local_addr().unwrap();
    client.write_all(request.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    let read = client.read_exact(&mut answer);
    tokio::time::timeout(PATIENCE, read).await.unwrap().unwrap();
    (String::from_utf8_lossy(&answer[9..]).into_owned(), own)
}

#[tokio::test]
async fn a_refused_head_is_in_the_log_with_limit_and_peer() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let server = listener.local_addr().unwrap();
    let limits = Limits {
        line_bytes: 1000,
        head_bytes: 7192,
        ..Limits::default()
    };
    let _server = tokio::spawn(serve(listener, nothing, limits, std::future::pending()));

    let head = |path: usize, header: usize| {
        let (path, header) = ("x".repeat(path), "y".repeat(header));
        format!("GET /{path} HTTP/1.1\r\nHost: a\r\nX: {header}\r\n\r\n")
    };
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(101));
    for (request, refused, words) in [
        (head(10, 10), "200", None),
        (
            head(1000, 10),
            "414",
            Some("a request line of 1004 bytes, and 1000 are allowed"),
        ),
        (
            head(10, 7180),
            "431",
            Some("headers of 7194 bytes, and 7192 are allowed"),
        ),
        // More than hyper's buffer holds: it is hyper that refuses.
        (head(10, 20_000), "431", Some("may have 8192 bytes")),
        (many, "431", Some("100 headers")),
    ] {
        let (status, own) = status(server, &request).await;
        assert_eq!(status, refused, "{words:?}");
        let Some(words) = words else {
            assert_eq!(log.take(), [""; 0]);
            continue;
        };
        let line = log.next().await;
        assert!(
            line.contains(words) && line.contains(&own.to_string()),
            "{line}"
        );
    }
    // Four lines were written; of 996 more there are six, and those with the numbers 100 and 1000.
    for _ in 0..996 {
        status(server, &head(1000, 10)).await;
    }
    let lines = log.take();
    assert_eq!(lines.len(), 8, "{lines:?}");
}
