//! A port that another program answers on, where the app or the emulator is expected.

use std::time::Duration;

use super::Finding;

/// Where `sio dev` and `sio emulator` start the service.
const EMULATOR: &str = "http://localhost:8080";

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A header of every response of the service's REST API.
const OF_SERVICE: &str = "api-supported-versions";

/// What answers at an address.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answers {
    Nothing,
    Expected,
    Stranger,
}

/// Whether the service, or an emulator of it, answers.
pub(super) async fn service(http: &reqwest::Client, endpoint: &str) -> Answers {
    match http.head(format!("{endpoint}/api/health")).send().await {
        Ok(response) if response.headers().contains_key(OF_SERVICE) => Answers::Expected,
        Ok(_) => Answers::Stranger,
        Err(error) => silent_or_strange(&error),
    }
}

/// Whether a Functions host answers a ping. It needs no key on a developer's machine, and is 503 while the host starts.
pub(super) async fn host(http: &reqwest::Client, app: &str) -> Answers {
    match http.get(format!("{app}/admin/host/ping")).send().await {
        Ok(response) => match response.status().as_u16() {
            200..=299 | 401 | 503 => Answers::Expected,
            _ => Answers::Stranger,
        },
        Err(error) => silent_or_strange(&error),
    }
}

/// A program that takes the connection and does not speak HTTP is there, too.
pub(super) fn silent_or_strange(error: &reqwest::Error) -> Answers {
    match error.is_connect() || error.is_timeout() {
        true => Answers::Nothing,
        false => Answers::Stranger,
    }
}

/// Whether another program answers where `sio dev` starts the emulator.
pub(super) async fn usual_emulator() -> Option<Finding> {
    let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
    let answers = service(&http.build().ok()?, EMULATOR).await;
    (answers == Answers::Stranger).then(|| stranger(EMULATOR, "the emulator", "--emulator-port"))
}

/// The finding that another program has a place.
pub(super) fn stranger(url: &str, expected: &str, option: &str) -> Finding {
    Finding::bad(
        format!("another program answers at {url}, where {expected} is expected"),
        format!("end that program, or start `sio dev` with another port: {option}"),
    )
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;

    /// A program that answers every connection with the same bytes.
    pub(in super::super) fn program(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        url
    }

    #[tokio::test]
    async fn another_program_is_told_from_nothing_and_from_what_is_expected() {
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
        let http = http.build().unwrap();
        let page = program("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        let missing = program("HTTP/1.1 404 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        let other = program("220 mail.example ESMTP\r\n");
        for url in [&page, &missing, &other] {
            assert_eq!(service(&http, url).await, Answers::Stranger, "{url}");
        }
        for url in [&missing, &other] {
            assert_eq!(host(&http, url).await, Answers::Stranger, "{url}");
        }
        let emulator = sio_emulator::Emulator::builder().start().await.unwrap();
        assert_eq!(service(&http, emulator.endpoint()).await, Answers::Expected);
        emulator.stop().await;
        let closed = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let closed = format!("http://{closed}");
        assert_eq!(service(&http, &closed).await, Answers::Nothing);
        assert_eq!(host(&http, &closed).await, Answers::Nothing);
    }
}
