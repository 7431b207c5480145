//! A port that another program answers on, where the app or the emulator is expected.

use std::time::Duration;

use super::Finding;

/// Where `sio dev` and `sio emulator` start the service.
const EMULATOR: &str = "http://localhost:8080";

/// How long an answer from this machine may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// A header of every response of the service's REST API.
const OF_SERVICE: &str = "api-supported-versions";

/// What answers at an address.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answers {
    Nothing,
    Expected,
    /// Something that is not expected.
    Stranger,
    /// Connections are taken, and requests are not answered.
    Silence,
}

/// Whether the service, or an emulator of it, answers.
pub(super) async fn service(http: &reqwest::Client, endpoint: &str) -> Answers {
    let asked = http.head(format!("{endpoint}/api/health"));
    match asked.timeout(PATIENCE).send().await {
        Ok(response) if response.headers().contains_key(OF_SERVICE) => Answers::Expected,
        Ok(_) => Answers::Stranger,
        Err(error) => silent_or_strange(&error),
    }
}

/// Whether a Functions host answers a ping. It needs no key on a developer's machine, and is 503 while the host starts.
pub(super) async fn host(http: &reqwest::Client, app: &str) -> Answers {
    let asked = http.get(format!("{app}/admin/host/ping"));
    match asked.timeout(PATIENCE).send().await {
        Ok(response) => match response.status().as_u16() {
            200..=299 | 401 | 503 => Answers::Expected,
            _ => Answers::Stranger,
        },
        Err(error) => silent_or_strange(&error),
    }
}

/// What a failed request says of its address. A program that takes the connection and does not speak HTTP, or says
/// nothing, is there, too.
pub(super) fn silent_or_strange(error: &reqwest::Error) -> Answers {
    if error.is_connect() {
        Answers::Nothing
    } else if error.is_timeout() {
        Answers::Silence
    } else {
        Answers::Stranger
    }
}

/// Whether another program answers where `sio dev` starts the emulator.
pub(super) async fn usual_emulator() -> Option<Finding> {
    let http = reqwest::Client::builder().no_proxy();
    let http = http.connect_timeout(PATIENCE).build().ok()?;
    let answers = service(&http, EMULATOR).await;
    stranger(&answers, EMULATOR, "the emulator", "--emulator-port")
}

/// The finding that another program has a place, if so.
pub(super) fn stranger(
    answers: &Answers,
    url: &str,
    expected: &str,
    option: &str,
) -> Option<Finding> {
    let does = match answers {
        Answers::Nothing | Answers::Expected => return None,
        Answers::Stranger => format!("another program answers at {url}"),
        Answers::Silence => format!("a program takes connections at {url} and says nothing"),
    };
    Some(Finding::bad(
        format!("{does}, where {expected} is expected"),
        format!("end that program, or start `sio dev` with another port: {option}"),
    ))
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

    /// A program that takes connections and never answers.
    pub(in super::super) fn silence() -> (TcpListener, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        (listener, url)
    }

    #[tokio::test]
    async fn another_program_is_told_from_nothing_and_from_what_is_expected() {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
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
        let (_open, silent) = silence();
        assert_eq!(service(&http, &silent).await, Answers::Silence);
        assert_eq!(host(&http, &silent).await, Answers::Silence);
    }
}
