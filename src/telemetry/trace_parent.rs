//! The trace that a caller is part of. Source: W3C Trace Context, "traceparent Header".

use http::{HeaderMap, HeaderName};

static HEADER: HeaderName = HeaderName::from_static("traceparent");

/// A caller's place in its trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TraceParent<'a> {
    /// 32 hexadecimal digits.
    pub(super) trace: &'a str,
    /// 16 hexadecimal digits.
    pub(super) span: &'a str,
    /// Whether the caller may have recorded the trace.
    pub(super) sampled: bool,
}

impl<'a> TraceParent<'a> {
    /// The caller's place, unless the header is missing or invalid: then the caller's trace ends here.
    pub(super) fn of(headers: &'a HeaderMap) -> Option<Self> {
        let mut parts = headers.get(&HEADER)?.to_str().ok()?.split('-');
        let mut hex = |length: usize| {
            let part = parts.next()?;
            let is_hex = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            (part.len() == length && part.bytes().all(is_hex)).then_some(part)
        };
        let (version, trace, span, flags) = (hex(2)?, hex(32)?, hex(16)?, hex(2)?);
        let is_zero = |text: &str| text.bytes().all(|byte| byte == b'0');
        // Only later versions may add parts.
        let ends = version != "00" || parts.next().is_none();
        let valid = ends && version != "ff" && !is_zero(trace) && !is_zero(span);
        let sampled = u8::from_str_radix(flags, 16).ok()? & 1 == 1;
        valid.then_some(Self {
            trace,
            span,
            sampled,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    fn headers(text: &str) -> HeaderMap {
        HeaderMap::from_iter([(HEADER.clone(), text.parse().unwrap())])
    }

    #[test]
    fn a_callers_place_is_recognised_by_its_form() {
        for (text, sampled) in [
            (format!("00-{TRACE}-{SPAN}-01"), true),
            (format!("00-{TRACE}-{SPAN}-00"), false),
            (format!("00-{TRACE}-{SPAN}-03"), true),
            (format!("cc-{TRACE}-{SPAN}-01-more"), true),
        ] {
            let found = TraceParent {
                trace: TRACE,
                span: SPAN,
                sampled,
            };
            assert_eq!(TraceParent::of(&headers(&text)), Some(found), "{text}");
        }
    }

    #[test]
    fn an_invalid_place_is_none() {
        assert_eq!(TraceParent::of(&HeaderMap::new()), None);
        for wrong in [
            String::new(),
            "00-0".to_owned(),
            "00-1-2-01".to_owned(),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("00-{}-{SPAN}-01", "0".repeat(32)),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{TRACE}-{SPAN}-0x"),
            format!("00-{TRACE}-{SPAN}-01-more"),
        ] {
            assert_eq!(TraceParent::of(&headers(&wrong)), None, "{wrong}");
        }
    }
}
