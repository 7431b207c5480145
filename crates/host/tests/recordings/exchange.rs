//! One request, byte for byte, and its answer in the form of the recordings.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::PATIENCE;
use crate::words::Words;

/// Headers of one connection or one moment.
const PASSING: &[&str] = &[
    "connection",
    "content-length",
    "date",
    "keep-alive",
    "request-context",
    "server",
    "transfer-encoding",
];

/// Sends a request and reads to the connection's end.
pub(crate) async fn ask(address: SocketAddr, head: &str, body: &[u8], words: &Words) -> Value {
    let mut got = Vec::new();
    let talking = async {
        let mut stream = TcpStream::connect(address).await?;
        // A host that refuses early may close before all is sent; its answer is there nevertheless.
        let _ = stream
            .write_all(&[words.keys(head).as_bytes(), body].concat())
            .await;
        stream.read_to_end(&mut got).await
    };
    let ended = timeout(PATIENCE, talking).await;
    match ended {
        Ok(Ok(_)) => answer(&got, words),
        Ok(Err(_)) => json!({"ends": "reset", "got": beginning(&got, words)}),
        Err(_) => json!({"ends": "silence", "got": beginning(&got, words)}),
    }
}

fn latin(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

fn beginning(got: &[u8], words: &Words) -> String {
    let text = latin(got);
    let lines = text.split("\r\n").filter(|line| {
        let name = line.split(':').next().unwrap_or_default();
        !["connection", "date", "keep-alive", "server"].contains(&&*name.to_ascii_lowercase())
    });
    words.replace(&lines.collect::<Vec<_>>().join("\r\n"))
}

fn answer(got: &[u8], words: &Words) -> Value {
    let end = got.windows(4).position(|four| four == b"\r\n\r\n");
    let (head, body) = match end {
        Some(end) => (&got[..end], &got[end + 4..]),
        None => (got, &[][..]),
    };
    let head = latin(head);
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap_or_default();
    let status = status.strip_prefix("HTTP/1.1 ").unwrap_or_default();
    let Ok(status) = status.split(' ').next().unwrap_or_default().parse::<u16>() else {
        // A frame begins with its length, of three bytes.
        let framed = got.starts_with(&[0, 0]);
        let ends = if framed { "HTTP/2 frames" } else { "nothing" };
        return json!({ "ends": ends });
    };
    let lines: Vec<&str> = lines.collect();
    let chunked = lines
        .iter()
        .any(|line| line.eq_ignore_ascii_case("transfer-encoding: chunked"));
    let body = if chunked { joined(body) } else { body.to_vec() };
    let headers = headers(&lines, PASSING, words);
    let body = words.replace(&latin(&body));
    let mut answer = json!({"status": status});
    if !headers.is_empty() {
        answer["headers"] = json!(headers);
    }
    if !body.is_empty() {
        answer["body"] = json!(body);
    }
    answer
}

/// Lines of headers with their names in lower case, sorted, without some.
pub(crate) fn headers(lines: &[&str], without: &[&str], words: &Words) -> Vec<String> {
    let mut found: Vec<String> = lines
        .iter()
        .filter_map(|line| {
            let line = words.replace(line);
            let (name, value) = line.split_once(':')?;
            let name = name.to_ascii_lowercase();
            (!without.contains(&&*name)).then(|| format!("{name}:{value}"))
        })
        .collect();
    found.sort();
    found
}

/// The pieces of a chunked body.
fn joined(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = String::from_utf8_lossy(&rest[..end]).into_owned();
        let size = usize::from_str_radix(&size, 16).unwrap_or(0);
        let start = end + 2;
        if size == 0 || rest.len() < start + size {
            break;
        }
        body.extend_from_slice(&rest[start..start + size]);
        rest = rest.get(start + size + 2..).unwrap_or_default();
    }
    body
}
