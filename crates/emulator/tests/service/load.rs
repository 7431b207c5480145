//! The load that one unit of the real service carries (docs/contracts/service.md, "Limits"): everything arrives once.
//! `SIO_LOAD_SECONDS=60` makes each run as long as a minute. How long it takes is for `cargo bench --bench emulator`.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::PATIENCE;
use crate::clients::{Frame, Ws};
use crate::stub::{Answer, Event};
use crate::world::{World, quick};

/// What a message of the contract's figures has, in bytes.
const SIZE: usize = 2000;

struct Load {
    world: World,
    /// How many messages have arrived.
    seen: Arc<watch::Sender<usize>>,
    readers: JoinSet<()>,
}

fn seconds() -> u32 {
    let given = std::env::var("SIO_LOAD_SECONDS").ok();
    given.map_or(3, |text| text.parse().expect("a number of seconds"))
}

impl Load {
    async fn new() -> Self {
        let world = World::with(quick()).await;
        world.stub.on(|event: &Event| match event.name().as_str() {
            "echo" => Answer::body(event.body.clone()),
            _ => Answer::default(),
        });
        Self {
            world,
            seen: Arc::default(),
            readers: JoinSet::new(),
        }
    }

    /// A client of this user, in these groups.
    async fn client(&self, user: usize, groups: &[String]) -> Ws {
        let claims = json!({"sub": format!("u{user}"), "webpubsub.group": groups});
        self.world.joined_as(claims).await.0
    }

    /// Reads everything that a client gets, and answers its pings.
    fn read(&mut self, mut client: Ws) {
        let seen = self.seen.clone();
        self.readers.spawn(async move {
            while let Frame::Text(text) = client.next_whenever().await {
                if text == "2" {
                    client.send("3").await;
                } else {
                    seen.send_modify(|seen| *seen += 1);
                }
            }
        });
    }

    /// Posts an event to the paths, so many times a second.
    async fn post(&self, rate: u32, path: impl Fn(u32) -> String) {
        let mut ticks = interval(Duration::from_secs(1) / rate);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for number in 0..rate * seconds() {
            ticks.tick().await;
            let answer = self.world.post(&path(number), &event("n")).await;
            assert_eq!(answer.status(), 202);
        }
    }

    /// Everything arrives, and nothing twice.
    async fn arrived(&self, count: u32) {
        let count = count as usize;
        let mut seen = self.seen.subscribe();
        let all = tokio::time::timeout(PATIENCE, seen.wait_for(|seen| *seen >= count));
        let arrived = all.await.map(|_| ());
        assert_eq!((arrived, *self.seen.borrow()), (Ok(()), count));
    }
}

fn event(name: &str) -> String {
    format!("42[\"{name}\",\"{}\"]", "x".repeat(SIZE))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_broadcasts_a_second_reach_a_thousand() {
    let mut load = Load::new().await;
    for user in 0..1000 {
        let client = load.client(user, &[]).await;
        load.read(client);
    }
    load.post(3, |_| "/:send".to_owned()).await;
    load.arrived(3 * seconds() * 1000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_echoes_a_second_come_back() {
    let load = Load::new().await;
    let mut senders = JoinSet::new();
    for user in 0..50 {
        let mut client = load.client(user, &[]).await;
        let seen = load.seen.clone();
        senders.spawn(async move {
            let mut ticks = interval(Duration::from_millis(100));
            for _ in 0..10 * seconds() {
                ticks.tick().await;
                client.send(&event("echo")).await;
                let mut text = client.text().await;
                if text == "2" {
                    client.send("3").await;
                    text = client.text().await;
                }
                assert!(text.starts_with("42[\"echo\""), "{}", text.len());
                seen.send_modify(|seen| *seen += 1);
            }
        });
    }
    senders.join_all().await;
    load.arrived(500 * seconds()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_and_eighty_users_a_second_are_reached() {
    let mut load = Load::new().await;
    for user in 0..180 {
        let client = load.client(user, &[]).await;
        load.read(client);
    }
    load.post(180, |number| format!("/users/u{}/:send", number % 180))
        .await;
    load.arrived(180 * seconds()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_and_big_groups_are_reached() {
    let mut load = Load::new().await;
    for user in 0..200 {
        let groups = [format!("small{}", user / 10), format!("big{}", user / 100)];
        let client = load.client(user, &groups).await;
        load.read(client);
    }
    load.post(400, |number| format!("/groups/small{}/:send", number % 20))
        .await;
    load.arrived(400 * 10 * seconds()).await;
    load.post(30, |number| format!("/groups/big{}/:send", number % 2))
        .await;
    load.arrived((400 * 10 + 30 * 100) * seconds()).await;
}
