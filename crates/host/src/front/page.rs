//! Pages under development: the Socket.IO client is loaded from here instead of from its CDN, and a script reloads the page
//! when it changes.

use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, BodyStream, StreamBody};
use sio_net::{Body, BoxError};

use super::plan::CLIENT_SCRIPT;

/// Longer pages are left alone.
const LONGEST: usize = 1024 * 1024;

const CDN: &str = "https://cdn.socket.io/";

/// Rewrites an HTML answer: with the client from here, and with a tag at its end. Every other one passes untouched.
pub(super) async fn adapted(
    response: Response<Body>,
    client: bool,
    tag: Option<&str>,
) -> Response<Body> {
    let headers = response.headers();
    let html = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| {
            kind.split(';')
                .next()
                .is_some_and(|media| media.trim().eq_ignore_ascii_case("text/html"))
        });
    if !html || headers.contains_key(CONTENT_ENCODING) {
        return response;
    }
    let (mut parts, mut body) = response.into_parts();
    let mut read = BytesMut::new();
    loop {
        match body.frame().await {
            None => break,
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    read.extend_from_slice(&data);
                }
            }
            Some(Err(error)) => {
                return Response::from_parts(
                    parts,
                    resumed(read.freeze(), stream::iter([Err(error)])),
                );
            }
        }
        if read.len() > LONGEST {
            return Response::from_parts(parts, resumed(read.freeze(), BodyStream::new(body)));
        }
    }
    let page = match std::str::from_utf8(&read) {
        Ok(page) => {
            let local = client.then(|| rewritten(page)).flatten();
            match tag {
                Some(tag) => Bytes::from(local.unwrap_or_else(|| page.to_owned()) + tag),
                None => local.map_or_else(|| read.clone().freeze(), Bytes::from),
            }
        }
        Err(_) => read.freeze(),
    };
    if parts.headers.contains_key(CONTENT_LENGTH) {
        parts
            .headers
            .insert(CONTENT_LENGTH, HeaderValue::from(page.len()));
    }
    Response::from_parts(parts, sio_net::full(page))
}

/// What was read already, then the rest.
fn resumed(
    read: Bytes,
    rest: impl stream::Stream<Item = Result<Frame<Bytes>, BoxError>> + Send + 'static,
) -> Body {
    let first = stream::iter([Ok(Frame::data(read))]);
    let frames: Pin<Box<dyn stream::Stream<Item = _> + Send>> = Box::pin(first.chain(rest));
    StreamBody::new(frames).boxed_unsync()
}

/// The page with its script tags changed; none when there is nothing to change.
fn rewritten(page: &str) -> Option<String> {
    let mut out = String::with_capacity(page.len());
    let mut rest = page;
    let mut changed = false;
    while let Some(start) = find_ignoring_case(rest, "<script") {
        let Some(length) = rest[start..].find('>') else {
            break;
        };
        let tag = &rest[start..=start + length];
        out.push_str(&rest[..start]);
        match local(tag) {
            Some(tag) => {
                changed = true;
                out.push_str(&tag);
            }
            None => out.push_str(tag),
        }
        rest = &rest[start + length + 1..];
    }
    out.push_str(rest);
    changed.then_some(out)
}

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    text.as_bytes()
        .windows(wanted.len())
        .position(|window| window.eq_ignore_ascii_case(wanted.as_bytes()))
}

/// One opening tag with its source replaced, if that is the client on the CDN.
fn local(tag: &str) -> Option<String> {
    let inner = tag.get("<script".len()..tag.len() - 1)?;
    let (inner, close) = match inner.strip_suffix('/') {
        Some(inner) => (inner, "/>"),
        None => (inner, ">"),
    };
    let attributes = attributes(inner);
    let from_cdn = |value: &str| value.starts_with(CDN) && value.ends_with(".js");
    attributes
        .iter()
        .find(|(name, value)| name.eq_ignore_ascii_case("src") && value.is_some_and(from_cdn))?;
    let mut out = tag[.."<script".len()].to_owned();
    for (name, value) in attributes {
        if name.eq_ignore_ascii_case("integrity") || name.eq_ignore_ascii_case("crossorigin") {
            continue;
        }
        out.push(' ');
        out.push_str(name);
        let value = if name.eq_ignore_ascii_case("src") {
            Some(CLIENT_SCRIPT)
        } else {
            value
        };
        if let Some(value) = value {
            let quote = if value.contains('"') { '\'' } else { '"' };
            out.push('=');
            out.push(quote);
            out.push_str(value);
            out.push(quote);
        }
    }
    out.push_str(close);
    Some(out)
}

fn attributes(text: &str) -> Vec<(&str, Option<&str>)> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| c.is_whitespace() || c == '=')
            .unwrap_or(rest.len());
        // A stray sign is not an attribute.
        let end = end.max(1);
        let name = &rest[..end];
        rest = rest[end..].trim_start();
        let mut value = None;
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
            let (text, next) = match quote {
                Some(quote) => {
                    let inner = &after[1..];
                    inner.split_once(quote).unwrap_or((inner, ""))
                }
                None => {
                    let end = after.find(char::is_whitespace).unwrap_or(after.len());
                    after.split_at(end)
                }
            };
            value = Some(text);
            rest = next.trim_start();
        }
        found.push((name, value));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_is_loaded_from_here_and_its_checks_are_removed() {
        let page = "<h1>x</h1><SCRIPT src='https://cdn.socket.io/4.8.1/socket.io.min.js' integrity=\"sha384-x\" crossorigin defer></script><script>io()</script>";
        assert_eq!(
            rewritten(page).unwrap(),
            "<h1>x</h1><SCRIPT src=\"/_sio/socket.io.min.js\" defer></script><script>io()</script>"
        );
    }

    #[test]
    fn other_scripts_stay_as_they_are() {
        for page in [
            "<script src=\"https://example.org/a.js\" integrity=\"x\"></script>",
            "<script src=\"https://cdn.socket.io/readme.txt\"></script>",
            "<a href=\"https://cdn.socket.io/4.8.1/socket.io.min.js\">",
            "<script",
        ] {
            assert_eq!(rewritten(page), None, "{page}");
        }
    }
}
