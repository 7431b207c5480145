//! Work on foreign text grows as its length does: requests, and what handlers answer.

use std::hint::black_box;

use growth::{assert_linear, assert_linear_from};

use crate::fuzzing;
use crate::invocation::{self, BindingData, Value, dates};
use crate::json::Json;
use crate::{passthrough, recording};

/// The begin of a text, for work that takes long in a build without optimization.
fn an_eighth(text: &str) -> &str {
    &text[..text.floor_char_boundary(text.len() / 8)]
}

#[test]
fn requests_are_read_in_time_that_grows_with_them() {
    assert_linear_from(32_000, "a query", |text| {
        black_box(invocation::joined(&invocation::query(text)));
    });
    assert_linear("a path", |text| {
        black_box(passthrough::rebuilt_path(text));
    });
    assert_linear("a route", |text| {
        fuzzing::route(&format!("a/{{b}}-{{c}}/{{*d}}\na/{text}"));
    });
    assert_linear("a body", |text| {
        BindingData::default().merge_text(&format!("{{{text}\"a\":0}}"), "req");
    });
}

#[test]
fn documents_are_read_and_written_in_time_that_grows_with_them() {
    for (begin, end) in [("", ""), ("[", "]"), ("{", "}"), ("\"", "\""), ("{/*", "")] {
        assert_linear(&format!("{begin}…{end}"), |text| {
            let document = format!("{begin}{text}{end}");
            black_box(Json::first(&document).is_ok());
            if let Ok(json) = Json::lenient(&document) {
                black_box((json.compact(), json.indented()));
                black_box(dates::reread(json));
            }
        });
    }
    assert_linear("text in a document", |text| {
        let json = Json::text(text);
        black_box((json.compact(), dates::text(&json)));
    });
}

#[test]
fn answers_are_read_in_time_that_grows_with_them() {
    assert_linear("an answer", |text| {
        for content_type in ["application/json", text] {
            let body = format!("{{\"Outputs\":{{{text}\"a\":0}},\"Logs\":[{text:?}]}}");
            black_box(invocation::parse(200, Some(content_type), body.as_bytes()).is_ok());
            black_box(invocation::lost_logs(body.as_bytes()));
        }
    });
    assert_linear("masking", |text| {
        black_box(recording::masked(an_eighth(text)));
    });
    for secret in [
        "AccessKey=",
        "&code=",
        "\"code\" : [ \"",
        "eyJ-.-.",
        "\"cookie\\\\\"",
    ] {
        assert_linear(secret, |text| {
            let text = an_eighth(an_eighth(text)).replace(['a', '?', ','], secret);
            black_box(recording::masked(&text));
        });
    }
    assert_linear("a preview", |text| {
        black_box(invocation::preview(&Value::Json(Json::text(an_eighth(
            text,
        )))));
    });
}
