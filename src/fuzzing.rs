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
