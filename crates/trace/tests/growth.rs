//! What is read for people is read in time that grows with the text.

use std::hint::black_box;

use growth::assert_linear;
use sio_trace::{Step, Summary, What, audience, packet};

#[test]
fn words_and_arguments_grow_with_the_text() {
    assert_linear("words", |text| {
        black_box(audience::in_words(text));
    });
    assert_linear("groups", |text| {
        black_box(audience::in_words(&text.replace('a', "0~")));
    });
    assert_linear("a filter", |text| {
        black_box(audience::filter(text));
    });
    assert_linear("a call", |text| {
        black_box(audience::call("POST", text, Some(text)));
    });
    for begin in ["42", "42[\"e\",", "431[", "42[]\u{1e}"] {
        assert_linear(begin, |text| {
            let payload = format!("{begin}{text}]");
            black_box((
                packet::arguments(&payload),
                packet::acknowledgement(&payload),
            ));
        });
    }
}

#[test]
fn a_summary_grows_with_the_texts_of_its_steps() {
    let steps = |text: &str| {
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
                clients: 0,
                bytes: 9,
            },
            What::Log {
                level: "error".to_owned(),
                text: text.clone(),
            },
            What::Dropped { problem: text },
        ];
        whats.map(|what| Step::new(0, Some("t".to_owned()), what))
    };
    assert_linear("a summary", |text| {
        let mut steps = steps(text);
        steps[0].socket = Some(text.chars().take(1).collect());
        black_box(Summary::of("t", &steps));
    });
}
