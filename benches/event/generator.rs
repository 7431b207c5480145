//! A closed loop over keep-alive connections, as cheap as it can be: the request is written as it lies there, and of
//! the answer only its length is read.
//!
//! Writing to a sleeping process costs the writer the time to wake it, and the generator sleeps the more the slower its
//! server is: so part of the difference between two servers is the generator's. Kept awake, it shows what the servers
//! alone cost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::service;
use crate::work::Work;

const CONNECTIONS: usize = 32;

/// What to send where, and for how long.
pub(crate) struct Load<'a> {
    pub(crate) port: u16,
    pub(crate) request: &'a [u8],
    /// How the first answer must end.
    pub(crate) expected: &'a str,
    /// Where the server under load reaches the service.
    pub(crate) service: std::net::TcpListener,
    pub(crate) length: Duration,
    /// Whether to ask for answers again and again instead of sleeping until one comes.
    pub(crate) awake: bool,
}

impl Load<'_> {
    /// Sends the request again and again, and calls `at` at the beginning and at the end of the time that counts, with
    /// the time that sending and receiving have taken; returns how many answers came in between.
    pub(crate) fn run(self, mut at: impl FnMut(Duration)) -> u64 {
        let Self {
            port,
            request,
            expected,
            service,
            length,
            awake,
        } = self;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            let work = Work::default();
            tokio::spawn(service::serve(service, work.clone()));
            if awake {
                tokio::spawn(async {
                    loop {
                        tokio::task::yield_now().await;
                    }
                });
            }
            let done = Arc::new(AtomicU64::new(0));
            let request: Arc<[u8]> = request.into();
            for _ in 0..CONNECTIONS {
                let (request, done, expected) =
                    (request.clone(), done.clone(), expected.to_owned());
                tokio::spawn(work.timed(async move {
                    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                    stream.set_nodelay(true).unwrap();
                    let mut buffer = vec![0; 4096];
                    let mut size = None;
                    loop {
                        stream.write_all(&request).await.unwrap();
                        let mut filled = 0;
                        loop {
                            filled += stream.read(&mut buffer[filled..]).await.unwrap();
                            // Every answer is as long as the first, but for the clock in its date.
                            let whole = match size {
                                Some(size) => filled >= size,
                                None => buffer[..filled].ends_with(expected.as_bytes()),
                            };
                            if whole {
                                size = Some(filled);
                                break;
                            }
                            let text = String::from_utf8_lossy(&buffer[..filled]);
                            assert!(filled < 2048, "another answer than expected: {text}");
                        }
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                }));
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
            assert!(done.load(Ordering::Relaxed) > 0, "no answer is right");
            let before = done.load(Ordering::Relaxed);
            at(work.time());
            let began = Instant::now();
            tokio::time::sleep(length).await;
            at(work.time());
            let after = done.load(Ordering::Relaxed);
            assert!(
                began.elapsed() < length * 2,
                "the machine is too busy to measure"
            );
            after - before
        })
    }
}
