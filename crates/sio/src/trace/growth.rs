//! What the handler writes and clients choose is shown in time that grows with it.

use std::hint::black_box;

use growth::assert_linear;
use sio_trace::{Step, Summary, What};

use super::line;
use super::log_line::LogLine;
use super::panics::Panics;
use crate::style::Look;

#[test]
fn lines_of_a_handler_are_read_in_time_that_grows_with_them() {
    for begin in [
        "",
        "ERROR f [1] ",
        "ERROR f [1] a=\"",
        "INFO f [",
        "INFO f [1] a=",
    ] {
        assert_linear(begin, |text| {
            black_box(LogLine::parse(&format!("{begin}{text}")));
        });
    }
    assert_linear("lines of a panic", |text| {
        let mut panics = Panics::default();
        for line in "thread 'a' panicked at src/a.rs:1:1:"
            .lines()
            .chain(text.split(['?', ',', '/', 'a', '\n']))
        {
            black_box(panics.read(line));
        }
        black_box(panics.spoken_of(text));
    });
}

#[test]
fn a_trace_is_shown_in_time_that_grows_with_its_texts() {
    let texts = |text: &str| {
        let text = text.to_owned();
        let whats = [
            What::Event {
                event: text.clone(),
                ack: true,
                bytes: text.len(),
            },
            What::Delivered {
                event: text.clone(),
                to: text.clone(),
                clients: 1,
                bytes: 9,
            },
            What::Rest {
                method: "POST".to_owned(),
                path: text.clone(),
                status: 500,
                error: Some(text.clone()),
                bytes: 0,
                took: 1.0,
            },
            What::Log {
                level: "error".to_owned(),
                text,
            },
        ];
        whats.map(|what| Step::new(0, Some("t".to_owned()), what))
    };
    for unicode in [true, false] {
        let look = Look {
            colour: true,
            unicode,
        };
        assert_linear("a trace", |text| {
            let steps = texts(text);
            let summary = Summary::of("t", &steps).unwrap();
            black_box(line::lines(&summary, None, look));
            black_box(line::lines(&summary, Some(&steps), look));
        });
    }
}
