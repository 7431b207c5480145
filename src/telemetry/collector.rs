//! A collector of OpenTelemetry for tests: it takes one request.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

/// How long a test waits for the request.
const LIMIT: Duration = Duration::from_secs(30);

pub(super) struct Collector {
    pub(super) endpoint: String,
    requests: Receiver<Vec<u8>>,
}

impl Collector {
    /// Responds once the request has come as far as this text.
    pub(super) fn until(text: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (sender, requests) = sync_channel(1);
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = vec![0; 64 * 1024];
            let mut length = 0;
            while !String::from_utf8_lossy(&request[..length]).contains(text) {
                let read = stream.read(&mut request[length..]).unwrap();
                assert_ne!(read, 0, "the request ended without {text:?}");
                length += read;
            }
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n")
                .unwrap();
            request.truncate(length);
            sender.send(request).unwrap();
        });
        Self { endpoint, requests }
    }

    /// The request, head and body.
    pub(super) fn request(self) -> Vec<u8> {
        self.requests
            .recv_timeout(LIMIT)
            .expect("a request of the exporter that holds the text")
    }
}
