//! The id of a trace, and the header that carries it. Source: W3C Trace Context, "traceparent Header".

use std::fmt;

/// The header.
pub const HEADER: &str = "traceparent";

/// The id of a trace: 16 bytes, not all zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId(u128);

impl TraceId {
    /// An id from a number; zero, which is invalid, becomes one.
    #[must_use]
    pub fn new(number: u128) -> Self {
        Self(number.max(1))
    }

    /// The trace that a `traceparent` header names; `None` if the header is invalid.
    #[must_use]
    pub fn of_parent(header: &str) -> Option<Self> {
        let mut parts = header.trim().split('-');
        let (version, trace, span) = (parts.next()?, parts.next()?, parts.next()?);
        let is_hex = |text: &str, length: usize| {
            let lower = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            text.len() == length && text.bytes().all(lower)
        };
        let is_zero = |text: &str| text.bytes().all(|byte| byte == b'0');
        let valid = is_hex(version, 2) && version != "ff" && is_hex(trace, 32) && is_hex(span, 16);
        if !valid || is_zero(trace) || is_zero(span) {
            return None;
        }
        u128::from_str_radix(trace, 16).ok().map(Self)
    }

    /// The last eight bytes, for a span that nothing else is known of.
    #[must_use]
    pub fn low(self) -> u64 {
        let [.., low] = [self.0 >> 64, self.0 & u128::from(u64::MAX)];
        u64::try_from(low).unwrap_or(1)
    }

    /// A `traceparent` header for a request in this trace, sampled, by the span of this number.
    #[must_use]
    pub fn parent(self, span: u64) -> String {
        format!("00-{self}-{:016x}-01", span.max(1))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_names_the_trace_that_it_was_made_for() {
        let id = TraceId::new(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
        let header = id.parent(7);
        assert_eq!(
            header,
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000007-01"
        );
        assert_eq!(TraceId::of_parent(&header), Some(id));
    }

    #[test]
    fn invalid_headers_name_no_trace() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        for header in [
            String::new(),
            format!("00-{trace}"),
            format!("ff-{trace}-0000000000000007-01"),
            format!("00-{trace}-0000000000000000-01"),
            format!("00-{}-0000000000000007-01", "0".repeat(32)),
            format!("00-{}-0000000000000007-01", trace.to_uppercase()),
        ] {
            assert_eq!(TraceId::of_parent(&header), None, "{header}");
        }
    }
}
