//! The load that one unit of the real service carries (docs/contracts/service.md, "Limits"), from which 99 % of the
//! messages arrive within a second. `SIO_LOAD_SECONDS=60` makes each run as long as the contract's.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
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
    begun: Instant,
    seen: Arc<Mutex<Vec<Duration>>>,
    readers: JoinSet<()>,
}

fn seconds() -> u32 {
    let given = std::env::var("SIO_LOAD_SECONDS").ok();
    given.map_or(3, |text| text.parse().expect("a number of seconds"))
}

/// The moment that a message says it was sent, after `begun`.
fn sent(text: &str) -> Duration {
    let digits = text.split('"').nth(3).unwrap();
    Duration::from_micros(digits.parse().unwrap())
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
            begun: Instant::now(),
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
        let (begun, seen) = (self.begun, self.seen.clone());
        self.readers.spawn(async move {
            while let Frame::Text(text) = client.next_whenever().await {
                if text == "2" {
                    client.send("3").await;
                } else {
                    seen.lock().unwrap().push(begun.elapsed() - sent(&text));
                }
            }
        });
    }

    fn event(&self, name: &str) -> String {
        let now = self.begun.elapsed().as_micros();
        format!("42[\"{name}\",\"{now}\",\"{}\"]", "x".repeat(SIZE))
    }

    /// Posts an event to the paths, so many times a second.
    async fn post(&self, rate: u32, path: impl Fn(u32) -> String) {
        let mut ticks = interval(Duration::from_secs(1) / rate);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for number in 0..rate * seconds() {
            ticks.tick().await;
            let answer = self.world.post(&path(number), &self.event("n")).await;
            assert_eq!(answer.status(), 202);
        }
    }

    /// Everything arrives, 99 of 100 within a second.
    async fn arrived(&self, count: u32) {
        let count = count as usize;
        let all = async {
            while self.seen.lock().unwrap().len() < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let in_time = tokio::time::timeout(PATIENCE, all).await;
        let mut seen = self.seen.lock().unwrap().clone();
        assert!(in_time.is_ok(), "{} of {count} arrived", seen.len());
        assert_eq!(seen.len(), count);
        seen.sort_unstable();
        let late = seen[count * 99 / 100];
        assert!(late < Duration::from_secs(1), "p99 {late:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l01_three_broadcasts_a_second_reach_a_thousand() {
    let mut load = Load::new().await;
    for user in 0..1000 {
        let client = load.client(user, &[]).await;
        load.read(client);
    }
    load.post(3, |_| "/:send".to_owned()).await;
    load.arrived(3 * seconds() * 1000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l02_five_hundred_echoes_a_second_come_back() {
    let load = Load::new().await;
    let mut senders = JoinSet::new();
    for user in 0..50 {
        let mut client = load.client(user, &[]).await;
        let (begun, seen) = (load.begun, load.seen.clone());
        senders.spawn(async move {
            let mut ticks = interval(Duration::from_millis(100));
            for _ in 0..10 * seconds() {
                ticks.tick().await;
                let now = begun.elapsed().as_micros();
                let event = format!("42[\"echo\",\"{now}\",\"{}\"]", "x".repeat(SIZE));
                client.send(&event).await;
                let mut text = client.text().await;
                if text == "2" {
                    client.send("3").await;
                    text = client.text().await;
                }
                seen.lock().unwrap().push(begun.elapsed() - sent(&text));
            }
        });
    }
    senders.join_all().await;
    load.arrived(500 * seconds()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l03_a_hundred_and_eighty_users_a_second_are_reached() {
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
async fn l04_small_and_big_groups_are_reached() {
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
