//! Runs against the emulator: by default all is as assumed, and each setting that is turned is noticed.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::StreamExt as _;
use sio_emulator::settings::{
    BinaryEvents, ClaimNames, ClientAcks, ConnectAnswer, Cors, EventIds, NonAsciiEventNames,
    RefusalBodies, TokenCheck, UserEventType, WithoutConnectHandler,
};
use sio_emulator::{Emulator, EventHandler, HubPolicy, OnEventFailure, Settings};
use sio_protocol::cloud_events::SystemEvent;
use sio_protocol::connection_string::ConnectionString;
use tokio::net::TcpListener;

use super::bench::{Assumed, Hubs};
use super::points::{self, Row, Verdict};
use super::report::Report;
use super::{Found, Run};

const PATIENCE: Duration = Duration::from_secs(180);

/// The time for one event: 100 seconds are too long for a test.
const EVENT: Duration = Duration::from_secs(4);

/// Emulators at a time.
const AT_A_TIME: usize = 6;

/// The defaults, but for times that a test would wait for.
fn settings() -> Settings {
    let mut settings = Settings::default();
    settings.webhook.timeout = EVENT;
    settings.webhook.retries = vec![Duration::from_millis(10); 3];
    settings.stop_grace = Duration::from_millis(100);
    settings
}

/// An emulator whose hubs post to the listener.
async fn emulator(settings: Settings, hubs: &Hubs, listener: &TcpListener) -> Emulator {
    let hook = format!("http://{}/verify", listener.local_addr().unwrap());
    let handler = || EventHandler::new(&hook);
    let open = handler().system_events([SystemEvent::Connected, SystemEvent::Disconnected]);
    let few = handler()
        .user_events("taken")
        .system_events([SystemEvent::Connect]);
    let of = |handler| HubPolicy::default().handlers(vec![handler]);
    Emulator::builder()
        .settings(settings)
        .upstream(&hook)
        .hub(hubs.open.clone(), of(open))
        .hub(hubs.few.clone(), of(few))
        .start()
        .await
        .unwrap()
}

async fn run(settings: Settings, skip: &[&str]) -> (String, Found) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hubs = Hubs::new("sioverify").unwrap();
    let emulator = emulator(settings, &hubs, &listener).await;
    let connection = ConnectionString::parse(&emulator.connection_string()).unwrap();
    let key = connection.access_key().to_owned();
    let run = Run::new(connection, hubs, Assumed { event: EVENT }).unwrap();
    let skip: BTreeSet<String> = skip.iter().map(|id| (*id).to_owned()).collect();
    let found = tokio::time::timeout(PATIENCE, run.over(listener, &skip)).await;
    emulator.stop().await;
    (key, found.unwrap().unwrap())
}

fn with(rows: &[Row], verdict: Verdict) -> BTreeSet<&str> {
    let rows = rows.iter().filter(|row| row.verdict == verdict);
    rows.map(|row| row.point.id.as_str()).collect()
}

fn shown(rows: &[Row]) -> String {
    let rows = rows.iter().filter(|row| row.verdict != Verdict::AsAssumed);
    let lines = rows.map(|row| format!("{}: {:?}: {}", row.point.id, row.verdict, row.seen));
    lines.collect::<Vec<_>>().join("\n")
}

/// `traceparent` is assumed to be missing in Azure, and the emulator sends it for its view of what happened.
const OF_THE_EMULATOR: &str = "W1";

/// A ping that is not answered takes 45 seconds; a test of its own has a faster heartbeat.
const SLOW: &str = "R5";

#[tokio::test(flavor = "multi_thread")]
async fn by_default_all_is_as_assumed() {
    let (key, found) = run(settings(), &[SLOW]).await;
    let rows = &found.rows;
    assert_eq!(
        with(rows, Verdict::Otherwise),
        BTreeSet::from([OF_THE_EMULATOR]),
        "{}",
        shown(rows)
    );
    assert_eq!(
        with(rows, Verdict::Unseen),
        BTreeSet::from([SLOW]),
        "{}",
        shown(rows)
    );
    assert_eq!(rows.len(), points::all().unwrap().len());
    assert!(!found.unreached);
    let hubs = Hubs::new("sioverify").unwrap();
    let report = Report::new(String::new(), &hubs, found.rows);
    for text in [report.text(), report.json().unwrap()] {
        assert!(!text.contains(&key) && !text.contains("eyJ"), "{text}");
    }
}

type Turn = fn(&mut Settings);

/// Each setting with a letter, turned.
const TURNED: &[(&str, &str, Turn)] = &[
    ("D1", "ping_interval", |settings| {
        settings.transport.ping_interval = Duration::from_secs(30);
    }),
    ("D1", "ping_timeout", |settings| {
        settings.transport.ping_timeout = Duration::from_secs(30);
    }),
    ("D1", "max_payload", |settings| {
        settings.transport.max_payload = 100_000;
    }),
    ("D5", "expose_auth", |settings| {
        settings.webhook.expose_auth = true;
    }),
    ("D6", "on_event_failure", |settings| {
        settings.webhook.on_event_failure = OnEventFailure::Close;
    }),
    ("D7", "on_unmatched_event", |settings| {
        settings.webhook.on_unmatched_event = OnEventFailure::Close;
    }),
    ("D8", "without_connect_handler", |settings| {
        settings.webhook.without_connect_handler = WithoutConnectHandler::Reject;
    }),
    ("D9", "refusal_bodies", |settings| {
        settings.refusal_bodies = RefusalBodies::Reason;
    }),
    ("D10", "token_check = opening", |settings| {
        settings.token_check = TokenCheck::Opening;
    }),
    ("D10", "token_check = every", |settings| {
        settings.token_check = TokenCheck::Every;
    }),
    ("D11", "cors", |settings| settings.cors = Cors::Off),
    ("D12", "connect_answer", |settings| {
        settings.webhook.connect_answer = ConnectAnswer::Honour;
    }),
    ("D13", "claim_names", |settings| {
        settings.webhook.claim_names = ClaimNames::Long;
    }),
    ("D14", "event_ids", |settings| {
        settings.webhook.event_ids = EventIds::Socket;
    }),
    ("D15", "user_event_type", |settings| {
        settings.webhook.user_event_type = UserEventType::Message;
    }),
    ("D16", "non_ascii_event_names", |settings| {
        settings.webhook.non_ascii_event_names = NonAsciiEventNames::Drop;
    }),
    ("D17", "timeout", |settings| {
        settings.webhook.timeout = EVENT / 2;
    }),
    ("D18", "binary_events", |settings| {
        settings.webhook.binary_events = BinaryEvents::Drop;
    }),
    ("D19", "client_acks", |settings| {
        settings.client_acks = ClientAcks::Close;
    }),
    ("L3", "rest_body_limit", |settings| {
        settings.rest_body_limit = 2 * 1024 * 1024;
    }),
    ("W3", "retries", |settings| settings.webhook.retries.clear()),
    ("W4", "send_origin", |settings| {
        settings.webhook.send_origin = false;
    }),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_setting_that_is_turned_is_noticed_and_nothing_else() {
    let runs = TURNED.iter().map(|(id, setting, turn)| async move {
        let mut settings = settings();
        turn(&mut settings);
        let (_, found) = run(settings, &[SLOW]).await;
        let otherwise = with(&found.rows, Verdict::Otherwise);
        let unseen = with(&found.rows, Verdict::Unseen);
        let fits =
            otherwise == BTreeSet::from([*id, OF_THE_EMULATOR]) && unseen == BTreeSet::from([SLOW]);
        (!fits).then(|| format!("{id} by {setting}:\n{}", shown(&found.rows)))
    });
    let runs = futures_util::stream::iter(runs).buffer_unordered(AT_A_TIME);
    let wrong: Vec<String> = runs.filter_map(std::future::ready).collect().await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_that_is_not_answered_has_its_reason() {
    let mut settings = settings();
    settings.transport.ping_interval = Duration::from_millis(300);
    settings.transport.ping_timeout = Duration::from_millis(700);
    let points = points::all().unwrap();
    let others = points.iter().map(|point| point.id.as_str());
    let others: Vec<&str> = others.filter(|id| *id != SLOW).collect();
    let (_, found) = run(settings, &others).await;
    let rows = &found.rows;
    assert_eq!(
        with(rows, Verdict::AsAssumed),
        BTreeSet::from([SLOW]),
        "{}",
        shown(rows)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_webhooks_the_rest_is_seen_all_the_same() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let emulator = Emulator::builder()
        .settings(settings())
        .handlers(Vec::new())
        .start()
        .await
        .unwrap();
    let connection = ConnectionString::parse(&emulator.connection_string()).unwrap();
    let hubs = Hubs::new("sioverify").unwrap();
    let run = Run::new(connection, hubs, Assumed { event: EVENT }).unwrap();
    let found = tokio::time::timeout(PATIENCE, run.over(listener, &BTreeSet::new())).await;
    let found = found.unwrap().unwrap();
    assert!(found.unreached);
    assert_eq!(
        with(&found.rows, Verdict::AsAssumed),
        BTreeSet::from(["D1", "D3", "D8", "D9", "D10", "D11", "D20", "L2", "L3"]),
        "{}",
        shown(&found.rows)
    );
    let why = &found
        .rows
        .iter()
        .find(|row| row.point.id == "D5")
        .unwrap()
        .seen;
    assert!(why.contains("no event handler for connect"), "{why}");
    emulator.stop().await;
}

#[tokio::test]
async fn a_service_that_refuses_the_client_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let emulator = Emulator::builder().start().await.unwrap();
    let wrong = format!("Endpoint={};AccessKey=s3cret;", emulator.endpoint());
    let connection = ConnectionString::parse(&wrong).unwrap();
    let hubs = Hubs::new("sioverify").unwrap();
    let run = Run::new(connection, hubs, Assumed::default()).unwrap();
    let error = run.over(listener, &BTreeSet::new()).await.err().unwrap();
    let text = format!("{error:#} {error:?}");
    assert!(text.contains("401") && !text.contains("s3cret"), "{text}");
    emulator.stop().await;
}
