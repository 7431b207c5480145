//! Private code, given any text: what the fuzz targets call, and what the ordinary tests call with their corpus.
//!
//! Each function panics where a promise does not hold; otherwise its result does not matter.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

/// A text as a line of the log.
pub fn log_line(text: &str) {
    crate::telemetry::fuzzing::line(text);
}

/// A text without secrets.
pub fn masking(text: &str) {
    crate::telemetry::fuzzing::masking(text);
}

/// An invocation of any function but an event.
pub fn envelope(body: &[u8]) {
    crate::invocation::fuzzing::invocation(body);
}

/// An invocation of Microsoft's trigger.
pub fn extension(body: &[u8]) {
    crate::extension::fuzzing::event(body);
}

/// The arguments of an event, for handlers of several shapes.
pub fn arguments(text: &str) {
    crate::invocation::fuzzing::arguments(text);
}

/// The arguments of an event, by every way in.
pub fn ways_in(text: &str) {
    crate::invocation::fuzzing::ways_in(text);
}

/// A request to the webhook: lines of headers, an empty line, a body. The signature is right, so that what comes behind
/// it is reached; what the text says of it is looked at too.
pub fn webhook(data: &[u8]) {
    let end = data.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = end.map_or((data, &b""[..]), |end| (&data[..end], &data[end + 2..]));
    let mut headers = HeaderMap::new();
    for line in head.split(|byte| *byte == b'\n') {
        let (name, value) = line.split_at(line.iter().position(|byte| *byte == b':').unwrap_or(0));
        let name = HeaderName::from_bytes(name);
        let value = HeaderValue::from_bytes(value.get(1..).unwrap_or_default());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    crate::webhook::fuzzing::request(headers, Bytes::copy_from_slice(body));
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// Gives every file of a target's corpus, and every text that once broke it, to the target.
    fn replay(target: &str, run: impl Fn(&[u8])) {
        let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
        let mut seeds = 0;
        for folder in ["corpus", "crashes"] {
            let Ok(files) = std::fs::read_dir(fuzz.join(folder).join(target)) else {
                continue;
            };
            for file in files {
                run(&std::fs::read(file.unwrap().path()).unwrap());
                seeds += 1;
            }
        }
        assert!(seeds > 0, "{target} has no seeds");
    }

    #[test]
    fn the_corpus_breaks_no_target() {
        let text = |run: fn(&str)| move |data: &[u8]| run(&String::from_utf8_lossy(data));
        replay("log_line", text(super::log_line));
        replay("masking", text(super::masking));
        replay("arguments", text(super::arguments));
        replay("ways_in", text(super::ways_in));
        replay("webhook", super::webhook);
        replay("envelope", super::envelope);
        replay("extension", super::extension);
    }
}
