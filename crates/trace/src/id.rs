//! The id of a trace, and the header that carries it. Source: W3C Trace Context, "traceparent Header".

use std::fmt;

pub use sio_protocol::trace_parent::HEADER;
use sio_protocol::trace_parent::TraceParent;

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
        let parent = TraceParent::parse(header)?;
        u128::from_str_radix(parent.trace, 16).ok().map(Self)
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
}
