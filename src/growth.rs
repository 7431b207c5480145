//! Work on foreign text grows as its length does: masking, lines of the log, requests of the service.

use std::hint::black_box;

use growth::assert_linear;
use tracing::Level;

use crate::fuzzing;
use crate::telemetry::{Secrets, in_one_piece};

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

#[test]
fn what_the_host_wraps_is_read_in_time_that_grows_with_it() {
    for (begin, end) in [
        ("", ""),
        ("{\"Data\":{\"req\":", "}}"),
        ("{\"Data\":{\"req\":{\"Headers\":{", "}}}}"),
        ("{\"Data\":{\"socketEvent\":\"", "\"}}"),
        ("{\"Data\":{\"socketEvent\":{\"payload\":\"42[", "]\"}}}"),
        ("{\"Metadata\":{", "\"a\":0}}"),
    ] {
        assert_linear(&format!("{begin}…{end}"), |text| {
            let body = format!("{begin}{text}{end}");
            fuzzing::envelope(body.as_bytes());
            fuzzing::extension(body.as_bytes());
        });
    }
}
