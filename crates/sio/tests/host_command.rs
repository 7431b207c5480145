//! `sio host` as a person or a script runs it, and ends it by a signal.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(30);

/// An app with one function for every path, whose handler is the Node fixture if `executable` is `node`.
fn app(executable: &str) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/tests/handlers/node.mjs");
    let host = json!({
        "version": "2.0",
        "customHandler": {
            "description": {"defaultExecutablePath": executable, "arguments": [format!("\"{}\"", script.display())]},
            "enableProxyingHttpRequest": true
        }
    });
    std::fs::write(root.path().join("host.json"), host.to_string()).unwrap();
    std::fs::create_dir(root.path().join("all")).unwrap();
    let function = json!({"bindings": [
        {"type": "httpTrigger", "name": "req", "methods": ["get"], "route": "{*path}"},
        {"type": "http", "direction": "out", "name": "res"}
    ]});
    std::fs::write(root.path().join("all/function.json"), function.to_string()).unwrap();
    root
}

fn command(root: &Path, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_sio"))
        .arg("host")
        .arg(root)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits for the end, but not for ever.
fn ended(child: Child) -> Output {
    let id = child.id();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    match receiver.recv_timeout(PATIENCE) {
        Ok(output) => output.unwrap(),
        Err(_) => {
            signal(id, "KILL");
            panic!("it did not end");
        }
    }
}

fn failed(root: &Path, arguments: &[&str]) -> String {
    let output = ended(command(root, arguments));
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

fn is_running(process: &str) -> bool {
    let asked = Command::new("sh")
        .args(["-c", &format!("kill -0 {process}")])
        .stderr(Stdio::null())
        .status();
    asked.unwrap().success()
}

fn signal(process: u32, name: &str) {
    let sent = Command::new("sh")
        .args(["-c", &format!("kill -{name} {process}")])
        .status();
    assert!(sent.unwrap().success());
}

fn get(port: &str, path: &str) -> String {
    let mut stream = std::net::TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn it_prints_one_ready_line_and_leaves_nothing_behind_when_told_to_stop() {
    let root = app("node");
    for name in ["TERM", "INT"] {
        let mut child = command(root.path(), &["--port", "0"]);
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let base = ready["ready"]["app"].as_str().unwrap();
        assert_eq!(ready["ready"]["functions"][0]["name"], "all");
        assert_eq!(
            ready["ready"]["functions"][0]["url"],
            format!("{base}/api/{{*path}}")
        );
        let seen = get(base.rsplit(':').next().unwrap(), "/api/who?code=s3cret");
        let handler = seen
            .split("\"pid\":")
            .nth(1)
            .unwrap()
            .split(',')
            .next()
            .unwrap();
        assert!(is_running(handler));

        let asked = Instant::now();
        signal(child.id(), name);
        let output = ended(child);
        assert!(
            asked.elapsed() < Duration::from_secs(3),
            "{:?}",
            asked.elapsed()
        );
        assert_eq!(output.status.code(), Some(0));
        assert!(!is_running(handler));
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "", "stdout is one line");
        let stderr = String::from_utf8(output.stderr).unwrap();
        for part in [
            &format!("all: [GET] {base}/api/{{*path}}"),
            "[handler] a line on stdout",
            "GET /api/who  ok",
        ] {
            assert!(stderr.contains(part), "{part} is missing in: {stderr}");
        }
        assert!(!stderr.contains("s3cret"), "{stderr}");
    }
}

#[test]
fn it_goes_on_when_the_reader_of_its_words_has_gone() {
    let root = app("node");
    let mut child = command(root.path(), &["--port", "0"]);
    // The list of functions is not read, either.
    drop(child.stderr.take());
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let port = ready["ready"]["app"].as_str().unwrap();
    let port = port.rsplit(':').next().unwrap();
    drop(stdout);
    // Each request prints lines that are not read.
    for _ in 0..3 {
        let answer = get(port, "/api/who?code=s3cret");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    signal(child.id(), "TERM");
    assert_eq!(ended(child).status.code(), Some(0));
}

#[test]
fn it_keeps_what_is_said_where_it_is_told_to() {
    let root = app("node");
    let folder = root.path().join("kept");
    let mut child = command(
        root.path(),
        &["--port", "0", "--record", folder.to_str().unwrap()],
    );
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let port = ready["ready"]["app"].as_str().unwrap();
    get(port.rsplit(':').next().unwrap(), "/api/who?code=s3cret");
    signal(child.id(), "TERM");
    assert_eq!(ended(child).status.code(), Some(0));
    let kept = std::fs::read_to_string(folder.join("0001-all.json")).unwrap();
    assert!(
        kept.contains("/api/who") && !kept.contains("s3cret"),
        "{kept}"
    );
    let kept: Value = serde_json::from_str(&kept).unwrap();
    // Only a service that reports would know what was sent.
    assert_eq!(kept["effects"], json!({"outcome": "ok", "logs": []}));
}

#[test]
fn keys_origins_and_timers_are_as_the_options_say() {
    let root = app("node");
    std::fs::create_dir(root.path().join("timer")).unwrap();
    let timer = json!({"bindings": [
        {"type": "timerTrigger", "name": "t", "schedule": "0 0 0 1 1 *", "runOnStartup": true}
    ]});
    std::fs::write(root.path().join("timer/function.json"), timer.to_string()).unwrap();
    let statuses = root.path().join("timers.json");
    let mut child = command(
        root.path(),
        &[
            "--port",
            "0",
            "--enable-auth",
            "--cors",
            "http://a.example,http://b.example",
            "--cors-credentials",
            "--timer-statuses",
            statuses.to_str().unwrap(),
        ],
    );
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let port = ready["ready"]["app"].as_str().unwrap();
    let port = port.rsplit(':').next().unwrap().to_owned();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    // Keys are printed before the ready line.
    while !said.contains("master") {
        stderr.read_line(&mut said).unwrap();
    }
    let key = said.lines().last().unwrap().rsplit(' ').next().unwrap();
    assert!(get(&port, "/api/who").starts_with("HTTP/1.1 401"));
    let with_key = get(&port, &format!("/api/who?code={key}"));
    assert!(with_key.starts_with("HTTP/1.1 200"), "{with_key}");

    let mut stream = std::net::TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let preflight = "OPTIONS /api/who HTTP/1.1\r\nHost: localhost\r\nOrigin: http://b.example\r\nAccess-Control-Request-Method: GET\r\nConnection: close\r\n\r\n";
    stream.write_all(preflight.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    for part in [
        "HTTP/1.1 204",
        "access-control-allow-origin: http://b.example",
        "access-control-allow-credentials: true",
    ] {
        assert!(answer.contains(part), "{part} is missing in: {answer}");
    }

    // The rest of what is said is read, so that nothing waits for a reader.
    let rest = std::thread::spawn(move || {
        let mut rest = String::new();
        stderr.read_to_string(&mut rest).unwrap();
        rest
    });
    let begun = Instant::now();
    while !statuses.is_file() {
        assert!(begun.elapsed() < PATIENCE, "the timer's status is not kept");
        std::thread::yield_now();
    }
    signal(child.id(), "TERM");
    assert_eq!(ended(child).status.code(), Some(0));
    assert!(rest.join().unwrap().contains("timer"));
}

#[test]
fn a_taken_port_names_the_option() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let root = app("node");
    let expected = format!("port {port} is taken");
    let stderr = failed(root.path(), &["--port", &port]);
    assert!(
        stderr.contains(&expected) && stderr.contains("--port 0"),
        "{stderr}"
    );
    // The same port, this time from the app's own settings.
    let settings = format!("{{\"IsEncrypted\": false, \"Host\": {{\"LocalHttpPort\": {port}}}}}");
    std::fs::write(root.path().join("local.settings.json"), settings).unwrap();
    let stderr = failed(root.path(), &[]);
    assert!(stderr.contains(&expected), "{stderr}");
}

#[test]
fn a_handler_that_cannot_run_or_crashes_ends_it_with_the_reason() {
    let stderr = failed(app("handler").path(), &["--port", "0"]);
    assert!(stderr.contains("sio stage"), "{stderr}");
    assert_eq!(
        stderr.matches("there is no handler").count(),
        1,
        "said once: {stderr}"
    );
    let stderr = failed(app("false").path(), &["--port", "0"]);
    assert!(
        stderr.contains("Exceeded http worker restart retry count"),
        "{stderr}"
    );
}
