//! `sio verify` as a program, behind a tunnel: what it prints and how it ends. What it sees is tested beside its source.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where, in its helpers too"
)]

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use sio_emulator::{Emulator, Settings};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::sync::watch;

const PATIENCE: Duration = Duration::from_secs(120);

/// Passes each connection on, once it is known where to.
async fn tunnel(listener: TcpListener, mut target: watch::Receiver<Option<String>>) {
    loop {
        let (mut outside, _) = listener.accept().await.unwrap();
        let address = target.wait_for(Option::is_some).await.unwrap().clone();
        tokio::spawn(async move {
            let mut inside = TcpStream::connect(address.unwrap()).await.unwrap();
            let _ = copy_bidirectional(&mut outside, &mut inside).await;
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_is_json_and_differences_are_no_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut settings = Settings::default();
    settings.webhook.expose_auth = true;
    let hook = format!("http://{}/verify", listener.local_addr().unwrap());
    let emulator = Emulator::builder()
        .settings(settings)
        .upstream(&hook)
        .start()
        .await
        .unwrap();
    let (found, target) = watch::channel(None);
    tokio::spawn(tunnel(listener, target));

    let mut command = Command::new(env!("CARGO_BIN_EXE_sio"));
    command.args(["verify", "--json", "--listen", "127.0.0.1:0"]);
    for slow in ["d17", "R5", "W3"] {
        command.args(["--skip", slow]);
    }
    let mut running = command
        .env(
            "WebPubSubForSocketIOConnectionString",
            emulator.connection_string(),
        )
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut said = BufReader::new(running.stderr.take().unwrap()).lines();
    let ending = async {
        let first = said.next_line().await.unwrap().unwrap();
        let address = first.rsplit(' ').next().unwrap().to_owned();
        found.send_replace(Some(address));
        let mut report = String::new();
        let mut stdout = running.stdout.take().unwrap();
        stdout.read_to_string(&mut report).await.unwrap();
        let mut last = first;
        let mut steps = 0;
        while let Some(line) = said.next_line().await.unwrap() {
            steps += usize::from(line.contains("az webpubsub hub create"));
            last = line;
        }
        (running.wait().await.unwrap(), report, last, steps)
    };
    let (status, report, last, steps) = tokio::time::timeout(PATIENCE, ending).await.unwrap();
    assert!(status.success(), "{last}");
    assert!(last.ends_with("can't be seen"), "{last}");
    let report: Value = serde_json::from_str(&report).unwrap();
    let verdict = |id: &str| {
        let points = report["points"].as_array().unwrap();
        let point = points.iter().find(|point| point["id"] == id).unwrap();
        (point["verdict"].as_str().unwrap(), &point["seen"])
    };
    assert_eq!(verdict("D1").0, "as assumed");
    assert_eq!(
        verdict("D5"),
        ("otherwise", &"it comes as auth of the connect body".into())
    );
    assert_eq!(
        verdict("D17"),
        ("can't be seen", &"left out with --skip".into())
    );
    // This emulator has one handler for all hubs, so these hubs are not set up.
    assert_eq!(
        verdict("D8"),
        (
            "can't be seen",
            &"the handler of hub sioverify_open takes connect".into()
        )
    );
    assert_eq!(verdict("D7").0, "can't be seen");
    assert_eq!(steps, 3, "it says how to set them up");
    emulator.stop().await;
}
