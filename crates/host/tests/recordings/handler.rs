//! The handler of every recorded app: it tells the runner of each request, and answers what the recording says.
//!
//! It runs in a process of its own. The runner's first line holds the answers by function; each request is a line to
//! the runner, which is acknowledged before the request is answered, so nothing that was seen can come late.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// The variable with the runner's address. It makes this program a handler.
pub(crate) const RUNNER: &str = "RECORDINGS_RUNNER";

/// The request by which the host asks whether the handler has started.
const PROBE: &str = "/";

struct Handler {
    answers: Value,
    runner: Mutex<BufReader<TcpStream>>,
}

/// Serves until it is killed.
pub(crate) fn serve(runner: &str) {
    let mut runner = BufReader::new(TcpStream::connect(runner).unwrap());
    let mut answers = String::new();
    runner.read_line(&mut answers).unwrap();
    let handler = Arc::new(Handler {
        answers: serde_json::from_str(&answers).unwrap(),
        runner: Mutex::new(runner),
    });
    let port = std::env::var("FUNCTIONS_CUSTOMHANDLER_PORT").unwrap();
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).unwrap();
    for connection in listener.incoming() {
        let (handler, connection) = (handler.clone(), connection.unwrap());
        // A connection that breaks is the host's doing.
        std::thread::spawn(move || handler.talk(&connection));
    }
}

impl Handler {
    fn talk(&self, connection: &TcpStream) -> std::io::Result<()> {
        let mut input = BufReader::new(connection);
        loop {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                if input.read_until(b'\n', &mut head)? == 0 {
                    return Ok(());
                }
            }
            // One character a byte, as everywhere here where bytes are to be seen.
            let head: String = head.iter().map(|byte| char::from(*byte)).collect();
            let body = read_body(&head.to_ascii_lowercase(), &mut input)?;
            let line = head.lines().next().unwrap_or_default();
            let mut words = line.split(' ');
            let method = words.next().unwrap_or_default();
            let target = words.next().unwrap_or_default();
            if target != PROBE {
                self.report(&json!({"head": head, "body": STANDARD.encode(body)}))?;
            }
            let path = target.split('?').next().unwrap_or_default();
            let answer = [path.trim_matches('/'), "*"]
                .iter()
                .map(|name| &self.answers[*name])
                .find(|answer| answer.is_object());
            let (bytes, ends) = response(answer.unwrap_or(&Value::Null), method);
            (&*connection).write_all(&bytes)?;
            if ends {
                return Ok(());
            }
        }
    }

    fn report(&self, seen: &Value) -> std::io::Result<()> {
        let mut runner = self.runner.lock().unwrap();
        runner.get_mut().write_all(format!("{seen}\n").as_bytes())?;
        runner.read_line(&mut String::new())?;
        Ok(())
    }
}

fn read_body(head: &str, input: &mut impl std::io::BufRead) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if head.contains("\r\ntransfer-encoding: chunked") {
        loop {
            let mut line = String::new();
            input.read_line(&mut line)?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = u64::from_str_radix(size, 16).unwrap_or(0);
            input.by_ref().take(size).read_to_end(&mut body)?;
            input.read_line(&mut String::new())?;
            if size == 0 {
                return Ok(body);
            }
        }
    }
    if let Some((_, rest)) = head.split_once("\r\ncontent-length:") {
        let length = rest.lines().next().unwrap_or_default().trim();
        input
            .take(length.parse().unwrap_or(0))
            .read_to_end(&mut body)?;
    }
    Ok(body)
}

/// The bytes of an answer, and whether the connection ends with them.
fn response(answer: &Value, method: &str) -> (Vec<u8>, bool) {
    let latin = |text: &str| text.chars().map(|c| c as u8).collect::<Vec<u8>>();
    if let Some(raw) = answer["raw"].as_str() {
        return (latin(raw), true);
    }
    for line in answer["stdout"].as_array().into_iter().flatten() {
        println!("{}", line.as_str().unwrap());
    }
    for line in answer["stderr"].as_array().into_iter().flatten() {
        let _ = writeln!(std::io::stderr(), "{}", line.as_str().unwrap());
    }
    let body = match (&answer["body"], &answer["b64"]) {
        (Value::Null, Value::String(text)) => STANDARD.decode(text).unwrap(),
        (Value::Null, _) => json!({"Outputs": {"res": {"statusCode": 200, "body": "ok"}}, "Logs": ["a line"], "ReturnValue": null})
            .to_string()
            .into_bytes(),
        (Value::String(text), _) => text.clone().into_bytes(),
        (other, _) => other.to_string().into_bytes(),
    };
    let status = answer["status"].as_u64().unwrap_or(200);
    let mut head = format!("HTTP/1.1 {status} X\r\n");
    if answer["headers"].get("Content-Type").is_none() {
        head.push_str("Content-Type: application/json\r\n");
    }
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        let values = match value {
            Value::Array(values) => values.as_slice(),
            Value::Null => &[],
            one => std::slice::from_ref(one),
        };
        for value in values {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    let bodiless = matches!(status, 204 | 304);
    if !bodiless {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    let mut bytes = latin(&head);
    bytes.extend_from_slice(b"\r\n");
    if !bodiless && method != "HEAD" {
        bytes.extend_from_slice(&body);
    }
    (bytes, false)
}
