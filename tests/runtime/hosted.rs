//! The runtime behind the host stand-in: the generated files load, and every way of handing over arrives.
//!
//! The stand-in was written from the same contract by other hands; what it cannot vouch for, Core Tools does elsewhere.

use serde_json::{Value, json};
use sio_host::{Hop, Host, Mode};
use socketio_functions::app::manifest::{Bindings, files};
use socketio_functions::extract::{InvocationId, Metadata};
use socketio_functions::prelude::*;
use socketio_functions::reply::Outputs;
use socketio_functions::settings::Settings;
use tempfile::TempDir;
use tokio::sync::broadcast;

use crate::support::{Answer, Event, PATIENCE, Running};

#[derive(serde::Deserialize)]
struct Order {
    id: u32,
}

fn app() -> App {
    let bindings = json!([
        { "type": "blobTrigger", "direction": "in", "name": "blob", "path": "in/{name}", "connection": "S" },
        { "type": "blob", "direction": "out", "name": "archive", "path": "out/{name}", "connection": "S" },
    ]);
    App::new()
        .hub(
            Hub::new("hub")
                .negotiate("negotiate", Identity::query("user"))
                .on("消息 ü", |user: UserId| async move { Ack(user) })
                .on(
                    "chat",
                    |Data(text): Data<String>, io: Io, id: InvocationId| async move {
                        io.emit("said", &text);
                        Ack((text, !id.as_str().is_empty()))
                    },
                ),
        )
        .timer(
            "tick",
            "0 0 0 1 1 *",
            |timer: TimerInfo, io: Io| async move {
                io.emit("tick", timer.is_past_due);
            },
        )
        .queue(
            "order",
            "orders",
            "S",
            |Data(order): Data<Order>, metadata: Metadata, io: Io| async move {
                // The host merges the members of the message into the metadata, as text.
                let merged: String = metadata.get("id")?;
                io.emit("order", (order.id, merged));
                anyhow::Ok(())
            },
        )
        .queue(
            "bytes",
            "bytes",
            "S",
            |Data(data): Data<Bytes>, io: Io| async move {
                io.emit("bytes", data.len());
            },
        )
        .queue("poison", "poison", "S", || async {
            Err::<(), _>(std::fmt::Error)
        })
        .raw("copy", bindings, |Data(text): Data<String>| async move {
            Outputs::new().text("archive", text)
        })
        .get("hello", |request: Request| async move {
            format!("hello {}", request.query("name").unwrap_or_default())
        })
}

/// An app, its host, and the folder between them.
struct Hosted {
    app: Running,
    host: Host,
    hops: broadcast::Receiver<Hop>,
    _folder: TempDir,
}

impl Hosted {
    /// Starts both; `switches` are members of `customHandler` in host.json.
    async fn start(switches: Value) -> Self {
        Self::with(app, "api", switches).await
    }

    /// The same with another app and route prefix.
    async fn with(app: fn() -> App, prefix: &str, mut switches: Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        switches["description"] = json!({ "defaultExecutablePath": "handler" });
        let host_json = json!({
            "version": "2.0", "customHandler": switches,
            "extensions": { "http": { "routePrefix": prefix } },
        });
        std::fs::write(folder.path().join("host.json"), host_json.to_string()).unwrap();
        let functions = files(&app().build(Settings::new()).unwrap(), Bindings::Direct).unwrap();
        let count = functions.len();
        for (name, content) in functions {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        let settings = |settings: Settings| {
            let settings = settings.with("AZURE_FUNCTIONS_ENVIRONMENT", "Development");
            let settings = settings.with(Settings::ROOT, folder.path().to_str().unwrap());
            settings.with(Settings::ROUTE_PREFIX, prefix)
        };
        let app = Running::with(app(), settings).await;
        let port = app.base.rsplit(':').next().unwrap().parse().unwrap();
        let builder = Host::builder(folder.path()).attach(port).variable("S", "x");
        let host = builder.start().await.unwrap();
        assert_eq!(host.functions().len(), count);
        Self {
            app,
            hops: host.hops(),
            host,
            _folder: folder,
        }
    }

    /// Runs a function by the admin API; returns the status that its trigger would see, and what it put out.
    async fn invoke(&mut self, function: &str, input: &str) -> (u16, Vec<String>) {
        let url = format!("{}/admin/functions/{function}", self.host.url());
        let sent = self.app.http.post(url).json(&json!({ "input": input }));
        assert_eq!(sent.send().await.unwrap().status(), 202);
        let mut outputs = Vec::new();
        let ended = async {
            loop {
                match self.hops.recv().await.unwrap() {
                    Hop::Output { binding, bytes, .. } => {
                        outputs.push(format!("{binding} {bytes}"))
                    }
                    Hop::Answered { call, status, .. } if call.function == function => {
                        break status;
                    }
                    _ => {}
                }
            }
        };
        let status = tokio::time::timeout(PATIENCE, ended).await.unwrap();
        (status, outputs)
    }

    fn sent(&self) -> Vec<String> {
        let calls = self.app.service.calls();
        calls.into_iter().map(|call| call.body).collect()
    }
}

#[tokio::test]
async fn triggers_run_as_the_host_invokes_them() {
    let mut hosted = Hosted::start(json!({ "enableProxyingHttpRequest": true })).await;
    assert_eq!(hosted.invoke("tick", "").await, (200, vec![]));
    assert_eq!(hosted.invoke("order", r#"{"id":42}"#).await.0, 200);
    assert_eq!(hosted.invoke("bytes", "hello").await.0, 200);
    assert_eq!(
        hosted.sent(),
        [
            r#"42["tick",false]"#,
            r#"42["order",42,"42"]"#,
            r#"42["bytes",5]"#
        ]
    );
    assert_eq!(hosted.invoke("order", "no order").await.0, 500);
    assert_eq!(hosted.invoke("poison", "x").await.0, 500);
    // Four letters, though they would be three bytes of base64.
    let (status, outputs) = hosted.invoke("copy", "test").await;
    assert_eq!((status, outputs), (200, vec!["archive 4".to_owned()]));
}

/// The ways of handing over, and what host.json says of each.
fn ways() -> [(Value, Mode); 3] {
    [
        (json!({ "enableProxyingHttpRequest": true }), Mode::Proxied),
        (
            json!({ "enableForwardingHttpRequest": true }),
            Mode::Forwarded,
        ),
        (json!({}), Mode::Envelope),
    ]
}

/// Then the webhook and the host's invocation of its function have one path.
#[tokio::test]
async fn events_arrive_without_a_route_prefix_too() {
    let app = || App::new().hub(Hub::new("hub").on("chat", || async { Ack(1) }));
    for (switches, mode) in ways() {
        let hosted = Hosted::with(app, "", switches).await;
        let url = format!("{}/socketio", hosted.host.url());
        let http = &hosted.app.http;
        let event = Event::user("chat", r#"421["chat"]"#);
        for (event, expected) in [
            (event.clone(), (200, "431[1]")),
            (event.clone().with("ce-signature", "sha256=00"), (401, "")),
            (event.without("ce-connectionid"), (401, "")),
        ] {
            let sent = http
                .post(&url)
                .headers(event.headers())
                .body(event.body.clone());
            let answer = Answer::of(sent.send().await.unwrap()).await;
            assert_eq!(answer.parts(), expected, "{mode}");
        }
        // A caller that writes a payload of its own is a stranger, too.
        let forged = Event::user("chat", r#"421["chat"]"#).wrapped_headers();
        let envelope = json!({ "Data": { "req": {
            "Url": "http://a/socketio", "Method": "POST", "Headers": forged, "Body": "421[\"chat\"]",
        } } });
        let sent = http.post(&url).json(&envelope).send();
        let answer = Answer::of(sent.await.unwrap()).await;
        assert_eq!(answer.parts(), (401, ""), "{mode}");
        let asked = http.get(&url).header("webhook-request-origin", "127.0.0.1");
        let answer = Answer::of(asked.send().await.unwrap()).await;
        assert_eq!(
            answer.headers["webhook-allowed-origin"], "127.0.0.1",
            "{mode}"
        );
    }
}

#[tokio::test]
async fn requests_arrive_by_each_way_of_handing_over() {
    for (switches, mode) in ways() {
        let mut hosted = Hosted::start(switches).await;
        let base = format!("{}/api", hosted.host.url());
        let http = hosted.app.http.clone();
        let sent = http.get(format!("{base}/hello?name=Zo%C3%AB")).send();
        let answer = Answer::of(sent.await.unwrap()).await;
        assert_eq!(answer.parts(), (200, "hello Zoë"), "{mode}");

        let sent = http.post(format!("{base}/negotiate?user=ada")).send();
        let answer = Answer::of(sent.await.unwrap()).await;
        let token: Value = serde_json::from_str(&answer.body).unwrap();
        assert!(token["token"].is_string(), "{mode} {answer:?}");

        let event = Event::user("chat", r#"4213["chat","hi"]"#);
        let sent = http
            .post(format!("{base}/socketio"))
            .headers(event.headers())
            .body(event.body.clone());
        let answer = Answer::of(sent.send().await.unwrap()).await;
        assert_eq!(answer.parts(), (200, r#"4313["hi",true]"#), "{mode}");
        assert_eq!(hosted.sent(), [r#"42["said","hi"]"#], "{mode}");

        let wide = Event::user("消息 Ü", r#"421["消息 Ü"]"#).with("ce-userid", "Zoë");
        let sent = http
            .post(format!("{base}/socketio"))
            .headers(wide.headers())
            .body(wide.body.clone());
        let answer = Answer::of(sent.send().await.unwrap()).await;
        assert_eq!(answer.parts(), (200, r#"431["Zoë"]"#), "{mode}");

        let mut modes = Vec::new();
        while let Ok(hop) = hosted.hops.try_recv() {
            if let Hop::Started(call) = hop {
                modes.push(call.mode);
            }
        }
        assert_eq!(modes, [mode; 4]);
    }
}
