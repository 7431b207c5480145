//! Work on foreign text grows as its length does.
//!
//! The sender of a request chooses its text, and so how often a pattern repeats in it. Work that looks at a text again
//! for each of its parts takes four times as long for twice the length. These tests measure the processor time of a
//! thread, and judge the ratio alone: it is the same on a slow machine.

use std::hint::black_box;

use rustix::time::{ClockId, clock_gettime};
use tracing::Level;

use crate::fuzzing;
use crate::telemetry::{Secrets, in_one_piece};

/// Texts that make careless work look again and again.
const HOSTILE: [&str; 18] = [
    "?",
    "?a",
    "?a=",
    "a?a",
    "eyJ",
    "eyJa.b ",
    "eyJ-",
    "sig=x ",
    "sig=",
    "bearer ",
    "password=password=",
    "warn",
    "WaRn\u{1b}",
    "\\",
    "\"",
    "\n",
    "[{",
    "é\u{2028}",
];

/// How long work on a text takes: the least of several times, since the rest is other processes' time.
fn cost(work: &impl Fn(&str), text: &str) -> f64 {
    let now = || {
        let now = clock_gettime(ClockId::ThreadCPUTime);
        now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
    };
    let times = (0..5).map(|_| {
        let begin = now();
        work(black_box(text));
        now() - begin
    });
    times.fold(f64::INFINITY, f64::min)
}

/// Work that grows with the square takes 4 times as long.
const BOUND: f64 = 3.0;

/// How many times as long work takes on a pattern repeated twice as often.
fn growth(work: &impl Fn(&str), pattern: &str) -> f64 {
    let text = pattern.repeat(8_000 / pattern.len());
    // The first time anything is done costs more.
    work(&text);
    let ratios = (0..4).map(|_| cost(work, &text.repeat(2)) / cost(work, &text));
    // A busy machine disturbs one measurement, and not one after another.
    let mut least = f64::INFINITY;
    for ratio in ratios {
        least = least.min(ratio);
        if least < BOUND {
            break;
        }
    }
    least
}

fn assert_linear(what: &str, work: impl Fn(&str)) {
    for pattern in HOSTILE {
        let growth = growth(&work, pattern);
        assert!(
            growth < BOUND,
            "{what}: twice the length of {pattern:?} takes {growth:.1} times as long"
        );
    }
}

#[test]
fn the_measure_finds_work_that_grows_with_the_square() {
    let careless = |text: &str| {
        let text = &text.as_bytes()[..text.len() / 8];
        for at in 0..text.len() {
            black_box(text[at..].iter().filter(|byte| **byte == b' ').count());
        }
    };
    // A disturbed measurement hides the growth, and seldom several times.
    assert!((0..5).any(|_| growth(&careless, "?") > BOUND));
}

#[test]
fn masking_and_escaping_grow_with_the_text() {
    let secrets = Secrets::of(["the-secret-key".to_owned()]);
    assert_linear("masking", |text| {
        black_box(secrets.masked(text, true));
    });
    for level in [Level::INFO, Level::ERROR] {
        assert_linear("escaping", |text| {
            black_box(in_one_piece(text, level));
        });
    }
    assert_linear("a line", fuzzing::log_line);
}

#[test]
fn what_a_client_sends_is_read_in_time_that_grows_with_the_text() {
    const HEAD: &str = "ce-connectionid:c\nce-hub:hub\nce-type:azure.webpubsub.user.e\nce-eventname:e\nce-namespace:/\nce-socketid:s\n\n";
    type Body = fn(&str) -> String;
    let bodies: [(&str, Body); 4] = [
        ("a body", str::to_owned),
        ("an event", |text| format!("42{text}")),
        ("arguments", |text| format!("42[\"e\",{text:?}]")),
        ("attachments", |text| format!("451-[\"e\"]\u{1e}b{text}")),
    ];
    for (what, body) in bodies {
        assert_linear(what, move |text| {
            fuzzing::webhook(format!("{HEAD}{}", body(text)).as_bytes());
        });
    }
    for name in [
        "webhook-request-origin",
        "ce-signature",
        "ce-eventname",
        "ce-namespace",
        "ce-userid",
        "ce-type",
    ] {
        assert_linear(name, move |text| {
            let text = text.replace(['\n', '\u{1b}'], " ");
            fuzzing::webhook(format!("{name}:{text}\n{HEAD}").as_bytes());
        });
    }
}
