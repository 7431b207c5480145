//! Arguments as they came: JSON texts, and the bytes that placeholders among them stand for.

use std::ops::Range;

use bytes::Bytes;
use serde_json::value::RawValue;

/// A list of arguments that nothing has read yet.
#[derive(Debug, Default, Clone)]
pub(crate) struct ArgumentList {
    text: Bytes,
    ranges: Vec<Range<usize>>,
    /// Bytes that placeholders among the arguments stand for.
    pub(crate) attachments: Vec<Bytes>,
}

impl ArgumentList {
    /// Takes arguments that were read from `text`. They are kept as slices of it: where each begins is the distance of
    /// two addresses.
    #[must_use]
    pub(crate) fn read_from(text: Bytes, arguments: &[&RawValue]) -> Self {
        let base = text.as_ptr() as usize;
        let ranges = arguments.iter().map(|argument| {
            let start = argument.get().as_ptr() as usize - base;
            start..start + argument.get().len()
        });
        Self {
            ranges: ranges.collect(),
            text,
            attachments: Vec::new(),
        }
    }

    /// A list of these arguments, as a client would have sent them.
    #[must_use]
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn of<T: AsRef<str>>(arguments: &[T], attachments: Vec<Bytes>) -> Self {
        let mut text = String::new();
        let mut ranges = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let start = text.len();
            text.push_str(argument.as_ref());
            ranges.push(start..text.len());
        }
        Self {
            text: text.into(),
            ranges,
            attachments,
        }
    }

    /// How many arguments there are.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.ranges.len()
    }

    /// The JSON of an argument, counted from 0.
    #[must_use]
    pub(crate) fn get(&self, index: usize) -> Option<&[u8]> {
        let range = self.ranges.get(index)?;
        Some(&self.text[range.clone()])
    }

    /// The JSON of each argument.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.ranges.iter().map(|range| &self.text[range.clone()])
    }
}
