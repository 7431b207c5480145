//! Lines of the runtime's log, taken apart: `LEVEL function [invocation] name=value…: message`.

/// One line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LogLine<'a> {
    /// `info`, `warning` or `error`.
    pub(super) level: &'static str,
    /// The invocation that it belongs to.
    pub(super) invocation: &'a str,
    /// The trace that it belongs to, if it names one.
    pub(super) trace: Option<&'a str>,
    /// What it says.
    pub(super) message: &'a str,
}

impl<'a> LogLine<'a> {
    /// Reads a line that belongs to an invocation; `None` for any other.
    pub(super) fn parse(line: &'a str) -> Option<Self> {
        let (level, rest) = line.split_once(' ')?;
        let level = match level {
            "ERROR" => "error",
            "WARN" => "warning",
            "INFO" => "info",
            "DEBUG" | "TRACE" => "debug",
            _ => return None,
        };
        let (function, rest) = rest.split_once(" [")?;
        if function.contains([' ', ':']) {
            return None;
        }
        let (invocation, mut rest) = rest.split_once(']')?;
        let mut trace = None;
        while let Some(field) = rest.strip_prefix(' ') {
            let (name, value) = field.split_once('=')?;
            let end = end_of_value(value)?;
            if name == "trace_id" {
                trace = value.get(..end);
            }
            rest = value.get(end..)?;
        }
        Some(Self {
            level,
            invocation,
            trace,
            message: rest.strip_prefix(": ")?,
        })
    }
}

/// Where a value ends: at the next space or colon with a space, or behind its closing quotation mark.
fn end_of_value(value: &str) -> Option<usize> {
    if !value.starts_with('"') {
        let ends =
            |(at, c): (usize, char)| (c == ' ' || value.get(at..)?.starts_with(": ")).then_some(at);
        return value.char_indices().find_map(ends);
    }
    let mut escaped = false;
    for (at, c) in value.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_line_are_found() {
        let line = r#"ERROR socketio [abc-1] trace_id=4bf9 event="new: \"x\" y" namespace=/a event_id=3: it failed: no"#;
        assert_eq!(
            LogLine::parse(line),
            Some(LogLine {
                level: "error",
                invocation: "abc-1",
                trace: Some("4bf9"),
                message: "it failed: no",
            })
        );
        let plain = LogLine::parse("INFO tick [7]: done").unwrap();
        assert_eq!(
            (plain.invocation, plain.trace, plain.message),
            ("7", None, "done")
        );
    }

    #[test]
    fn other_lines_belong_to_no_invocation() {
        for line in [
            "",
            "hello",
            "INFO: started",
            "INFO said [x] without an end",
            "INFO a: b [c]: d",
            "note [1]: x",
            r#"INFO a [1] event="open: x"#,
        ] {
            assert_eq!(LogLine::parse(line), None, "{line}");
        }
    }
}
