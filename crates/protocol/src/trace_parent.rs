//! The `traceparent` header, by which a request says which trace it is part of.
//!
//! Source: W3C Trace Context, "traceparent Header".

/// The header's name.
pub const HEADER: &str = "traceparent";

/// A caller's place in its trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceParent<'a> {
    /// The trace's id: 32 hexadecimal digits in lower case, not all zero.
    pub trace: &'a str,
    /// The id of the caller's span: 16 such digits, not all zero.
    pub span: &'a str,
    /// Whether the caller may have recorded the trace.
    pub sampled: bool,
}

impl<'a> TraceParent<'a> {
    /// Reads the header's value; `None` if it is invalid, and then the caller's trace ends here.
    #[must_use]
    pub fn parse(header: &'a str) -> Option<Self> {
        let mut parts = header.split('-');
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
            assert_eq!(TraceParent::parse(&text), Some(found), "{text}");
        }
    }

    #[test]
    fn an_invalid_place_is_none() {
        for wrong in [
            String::new(),
            "00-0".to_owned(),
            "00-1-2-01".to_owned(),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("00-{}-{SPAN}-01", "0".repeat(32)),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{TRACE}"),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{TRACE}-{SPAN}-0x"),
            format!("00-{TRACE}-{SPAN}-01-more"),
        ] {
            assert_eq!(TraceParent::parse(&wrong), None, "{wrong}");
        }
    }
}
