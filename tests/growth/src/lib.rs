//! Work on foreign text grows as its length does.
//!
//! The sender of a request chooses its text, and so how often a pattern repeats in it. Work that looks at a text again
//! for each of its parts takes four times as long for twice the length. These functions measure the processor time of a
//! thread, and judge the ratio alone: it is the same on a slow machine.

use std::hint::black_box;

use rustix::time::{ClockId, clock_gettime};

/// Texts that make careless work look again and again. A `#` is a number, another one each time.
const HOSTILE: [&str; 36] = [
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
    "(",
    "[",
    "{\"a\":",
    "/",
    "/../",
    "%",
    "%2F",
    ",",
    ";",
    "'",
    "-",
    ".",
    "0",
    " or ",
    "\u{1e}b",
    "#&",
    "\"#\":0,",
    "k#=1;",
];

/// Work that grows with the square takes 4 times as long.
const BOUND: f64 = 3.0;

/// The bytes of the shorter text. In shorter ones, what is done once hides the growth.
const SHORTER: usize = 4_000;

/// A pattern, repeated until the text is so long.
fn repeated(pattern: &str, length: usize) -> String {
    let mut text = String::with_capacity(length + pattern.len());
    for number in 0.. {
        if text.len() >= length {
            break;
        }
        match pattern.split_once('#') {
            Some((before, after)) => text.push_str(&format!("{before}{number:x}{after}")),
            None => text.push_str(pattern),
        }
    }
    text
}

/// How long work on a text takes: the lesser of two times. The first time anything is done costs more.
fn cost(work: &impl Fn(&str), text: &str) -> f64 {
    let now = || {
        let now = clock_gettime(ClockId::ThreadCPUTime);
        now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
    };
    let times = (0..2).map(|_| {
        let begin = now();
        work(black_box(text));
        now() - begin
    });
    times.fold(f64::INFINITY, f64::min)
}

/// How many times as long work takes on a text that is twice as long as `shorter`: `text` makes one of a length.
fn growth(work: &impl Fn(&str), shorter: usize, text: impl Fn(usize) -> String) -> f64 {
    let (once, twice) = (text(shorter), text(2 * shorter));
    let ratios = (0..4).map(|_| cost(work, &twice) / cost(work, &once));
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

/// Checks work on each of the hostile patterns.
///
/// # Panics
/// Twice the length takes much more than twice as long.
pub fn assert_linear(what: &str, work: impl Fn(&str)) {
    assert_linear_from(SHORTER, what, work);
}

/// The same with texts of at least so many bytes, where much is done once.
///
/// # Panics
/// Twice the length takes much more than twice as long.
pub fn assert_linear_from(shorter: usize, what: &str, work: impl Fn(&str)) {
    for pattern in HOSTILE {
        let growth = growth(&work, shorter, |length| repeated(pattern, length));
        assert!(
            growth < BOUND,
            "{what}: twice the length of {pattern:?} takes {growth:.1} times as long"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_measure_finds_work_that_grows_with_the_square() {
        let careless = |text: &str| {
            let text = &text.as_bytes()[..text.len() / 8];
            for at in 0..text.len() {
                black_box(text[at..].iter().filter(|byte| **byte == b' ').count());
            }
        };
        // A disturbed measurement hides the growth, and seldom several times.
        assert!(
            (0..5).any(|_| growth(&careless, 2 * SHORTER, |length| "?".repeat(length)) > BOUND)
        );
    }

    #[test]
    fn a_pattern_with_a_number_has_another_each_time() {
        assert_eq!(repeated("k#=", 9), "k0=k1=k2=");
        assert_eq!(repeated("ab", 3), "abab");
    }
}
