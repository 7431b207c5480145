//! Ten thousand clients that come and go, for as long as you like: what is lost, what comes twice, and what memory does.
//! How to run it: `benches/README.md`.

#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program that prints tables, and stops when anything is wrong"
)]

mod app;
mod client;
mod stack;
mod tally;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::interval;

use client::{Room, Task, World};
use stack::{Memory, ROLE, Stack};
use tally::Tally;

/// Clients of a small room, and of a large one.
const ROOM: usize = 10;
const HALL: usize = 1000;

/// What the service's documentation names for one unit and messages of 2 KB, each by itself; here all at the same time.
const EVENTS_A_SECOND: u64 = 500;
const SENDS_TO_ROOMS: u64 = 400;
const SENDS_TO_HALLS: u64 = 3;
const TEXT: usize = 2000;

/// Events that wait for their room or their acknowledgement. A machine that is too slow for the rates gets fewer events
/// instead of a queue that grows.
const UNDER_WAY: usize = 200;

struct Options {
    clients: usize,
    minutes: u64,
    /// Percent of the clients that are replaced every minute.
    churn: usize,
}

fn main() -> ExitCode {
    let runtime = || tokio::runtime::Runtime::new().unwrap();
    match std::env::var(ROLE).as_deref() {
        Ok("handler") => match app::app().main() {
            Ok(()) => return ExitCode::SUCCESS,
            Err(_) => return ExitCode::FAILURE,
        },
        Ok(role) => {
            runtime().block_on(stack::serve(role));
            return ExitCode::SUCCESS;
        }
        Err(_) => {}
    }
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str, or: usize| {
        let at = arguments.iter().position(|argument| argument == name);
        at.map_or(or, |at| arguments[at + 1].parse().unwrap())
    };
    let options = Options {
        clients: number("--clients", 10_000),
        minutes: u64::try_from(number("--minutes", 1)).unwrap(),
        churn: number("--churn", 10),
    };
    allow_open_files(options.clients);
    runtime().block_on(soak(&options))
}

/// Lets this process and those that it starts hold a connection for each client.
#[cfg(unix)]
fn allow_open_files(clients: usize) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let needed = u64::try_from(clients + 1000).unwrap();
    let limits = getrlimit(Resource::Nofile);
    if limits.current.is_some_and(|current| current < needed) {
        let raised = Rlimit {
            current: Some(needed),
            maximum: limits.maximum,
        };
        setrlimit(Resource::Nofile, raised).unwrap_or_else(|error| {
            panic!("cannot open {needed} files: {error}; raise the limit with `ulimit -n {needed}`")
        });
    }
}

/// Other systems do not limit the open files of a process.
#[cfg(not(unix))]
fn allow_open_files(_: usize) {}

/// The places of all clients, and their rooms.
struct Crowd {
    world: Arc<World>,
    places: Vec<mpsc::UnboundedSender<Task>>,
    rooms: Vec<Arc<Room>>,
    halls: Vec<Arc<Room>>,
    next: AtomicUsize,
}

impl Crowd {
    fn gather(world: Arc<World>, clients: usize) -> Self {
        let rooms = |kind: &str, size: usize| -> Vec<Arc<Room>> {
            let numbers = 0..clients.div_ceil(size);
            numbers
                .map(|number| Arc::new(Room::new(format!("{kind}{number}"))))
                .collect()
        };
        let (rooms, halls) = (rooms("room", ROOM), rooms("hall", HALL));
        let places = (0..clients).map(|number| {
            let (tell, tasks) = mpsc::unbounded_channel();
            let own = vec![rooms[number / ROOM].clone(), halls[number / HALL].clone()];
            tokio::spawn(client::place(world.clone(), number, own, tasks));
            tell
        });
        Self {
            places: places.collect(),
            world,
            rooms,
            halls,
            next: AtomicUsize::new(0),
        }
    }

    /// Another place each time, all over the crowd.
    fn any_place(&self) -> usize {
        // A large prime: neighbours are in different rooms.
        self.next.fetch_add(7919, Ordering::Relaxed) % self.places.len()
    }

    fn room(&self, place: usize) -> Arc<Room> {
        self.rooms[place / ROOM].clone()
    }

    fn hall(&self, place: usize) -> Arc<Room> {
        self.halls[place / HALL].clone()
    }

    /// Lets the client at a place emit, in its room's turn, and waits until the event is over.
    async fn emit(self: Arc<Self>, place: usize, room: Option<Arc<Room>>) {
        let turn = match &room {
            Some(room) => Some(room.turn.clone().lock_owned().await),
            None => None,
        };
        let (done, over) = oneshot::channel();
        let sent = self.places[place].send(Task::Emit { room, done });
        sent.unwrap_or_else(|_| panic!("place {place} is closed"));
        // Its sender is dropped.
        let _ = over.await;
        drop(turn);
    }

    /// Lets clients emit and leave at their rates, until the time is over.
    async fn load(self: &Arc<Self>, options: &Options, stack: &Stack) {
        let a_second =
            |times: u64| interval(Duration::from_secs(1) / u32::try_from(times).unwrap());
        let mut rooms = a_second(SENDS_TO_ROOMS);
        let mut halls = a_second(SENDS_TO_HALLS);
        let mut echoes = a_second(EVENTS_A_SECOND - SENDS_TO_ROOMS - SENDS_TO_HALLS);
        let leaving = u32::try_from(options.clients * options.churn / 100).unwrap();
        let mut churn = interval(Duration::from_secs(60) / leaving.max(1));
        let mut minute = interval(Duration::from_secs(60));
        let under_way = Arc::new(Semaphore::new(UNDER_WAY));
        let end = tokio::time::sleep(Duration::from_secs(60 * options.minutes));
        tokio::pin!(end);
        loop {
            let place = self.any_place();
            let room = tokio::select! {
                _ = rooms.tick() => Some(self.room(place)),
                _ = halls.tick() => Some(self.hall(place)),
                _ = echoes.tick() => None,
                _ = churn.tick(), if leaving > 0 => {
                    self.places[place].send(Task::Leave { again: true }).unwrap();
                    continue;
                }
                _ = minute.tick() => {
                    eprintln!("{}", progress(&self.world, stack.memory()));
                    continue;
                }
                () = &mut end => break,
            };
            let permit = under_way.clone().acquire_owned().await.unwrap();
            let emitting = self.clone().emit(place, room);
            tokio::spawn(async move {
                emitting.await;
                drop(permit);
            });
        }
        // What is under way comes to its end.
        let all = under_way.acquire_many(u32::try_from(UNDER_WAY).unwrap());
        drop(all.await);
    }
}

/// Waits until something holds; at most ten minutes, for a slow machine.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(600);
    while !holds().await {
        if Instant::now() > deadline {
            eprintln!("not within ten minutes: {what}");
            return false;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    true
}

fn progress(world: &World, memory: Memory) -> String {
    let tally = &world.tally;
    let faults = tally.faults().iter().map(|(_, count)| count).sum::<u64>();
    format!(
        "{:>5} s: {} clients, {} events, {} deliveries, {faults} faults; MiB: emulator {:.0}, host {:.0}, handler {:.0}",
        world.begun.elapsed().as_secs(),
        tally.joined.get() - tally.left.get() - tally.dropped.get(),
        tally.emitted.get(),
        tally.delivered.get(),
        memory.emulator,
        memory.host,
        memory.handler,
    )
}

async fn soak(options: &Options) -> ExitCode {
    let stack = Stack::start().await;
    eprintln!("emulator {}, host {}", stack.endpoint, stack.url);
    let mut memory = vec![("before the clients", stack.memory())];
    let world = Arc::new(World {
        url: stack.url.clone(),
        http: reqwest::Client::builder().no_proxy().build().unwrap(),
        begun: Instant::now(),
        text: "x".repeat(TEXT),
        door: Semaphore::new(50),
        tally: Tally::default(),
    });
    let crowd = Arc::new(Crowd::gather(world.clone(), options.clients));
    let wanted = u64::try_from(options.clients).unwrap();
    let joined = until("every client has joined", async || {
        world.tally.joined.get() >= wanted
    });
    if !joined.await {
        return ExitCode::FAILURE;
    }
    eprintln!("all have joined after {:.0?}", world.begun.elapsed());
    memory.push(("all have joined", stack.memory()));
    crowd.load(options, &stack).await;
    memory.push(("after the load", stack.memory()));
    for place in &crowd.places {
        place.send(Task::Leave { again: false }).unwrap();
    }
    let tally = &world.tally;
    let gone = until("every client has left", async || {
        crowd.places.iter().all(mpsc::UnboundedSender::is_closed)
    });
    let told = until("the handler knows that all have left", async || {
        stack.runs().await.disconnected >= tally.joined.get()
    });
    let whole = gone.await && told.await;
    memory.push(("all have left", stack.memory()));
    let runs = stack.runs().await;
    report(options, tally, &memory);
    let handler = [
        ("events", tally.emitted.get(), runs.events),
        ("connected", tally.joined.get(), runs.connected),
        ("disconnected", tally.joined.get(), runs.disconnected),
    ];
    println!("| the handler ran for | expected | ran |\n|---|---:|---:|");
    for (what, expected, ran) in handler {
        println!("| {what} | {expected} | {ran} |");
    }
    let once = handler.iter().all(|(_, expected, ran)| expected == ran);
    if whole && once && tally.faults().iter().all(|(_, count)| *count == 0) {
        ExitCode::SUCCESS
    } else {
        eprintln!("something was lost or came twice");
        ExitCode::FAILURE
    }
}

fn report(options: &Options, tally: &Tally, memory: &[(&str, Memory)]) {
    println!(
        "| {} clients, {} minutes | |\n|---|---:|",
        options.clients, options.minutes
    );
    let counts = [
        ("clients that joined", tally.joined.get()),
        ("events emitted", tally.emitted.get()),
        ("messages delivered", tally.delivered.get()),
    ];
    for (what, count) in counts.into_iter().chain(tally.faults()) {
        println!("| {what} | {count} |");
    }
    println!("\n| time | p50 | p99 | p99.9 | most |\n|---|---:|---:|---:|---:|");
    let times = [
        ("event to acknowledgement", &tally.ack),
        ("event to a client of its room", &tally.delivery),
        ("negotiation to being in two rooms", &tally.join),
    ];
    for (what, times) in times {
        println!("| {what} | {} |", times.row([500, 990, 999]));
    }
    println!(
        "\n| memory in MiB | emulator | host | handler | clients |\n|---|---:|---:|---:|---:|"
    );
    for (when, at) in memory {
        let Memory {
            emulator,
            host,
            handler,
            clients,
        } = at;
        println!("| {when} | {emulator:.1} | {host:.1} | {handler:.1} | {clients:.1} |");
    }
    println!();
}
