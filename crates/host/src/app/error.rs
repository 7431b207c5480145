//! What is wrong with a file of the app, said so that its author can mend it.

use std::fmt;
use std::path::{Path, PathBuf};

/// A file of the function app that cannot be used: which one, where in it, what was found and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileError {
    /// The file.
    pub file: PathBuf,
    /// Line, counted from 1, where it is known.
    pub line: Option<usize>,
    /// What was found.
    pub found: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl FileError {
    pub(crate) fn new(file: impl Into<PathBuf>, found: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line: None,
            found: found.into(),
            hint: None,
        }
    }

    pub(crate) fn line(mut self, line: Option<usize>) -> Self {
        self.line = line;
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.found)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for FileError {}

/// A file that was read, with its text for naming lines.
pub(crate) struct Source {
    pub(crate) file: PathBuf,
    pub(crate) text: String,
}

impl Source {
    /// Reads a file; `None` if it does not exist.
    pub(crate) fn read(file: &Path) -> Result<Option<Self>, FileError> {
        match std::fs::read(file) {
            Ok(bytes) => Ok(Some(Self {
                file: file.to_owned(),
                text: String::from_utf8_lossy(&bytes).into_owned(),
            })),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FileError::new(file, format!("cannot be read: {error}"))),
        }
    }

    /// The document in it, read as forgivingly as the host does.
    pub(crate) fn json(&self) -> Result<crate::json::Json, FileError> {
        crate::json::Json::lenient(&self.text).map_err(|error| {
            // The settings hold secrets, so their text is never shown.
            let secret = self.file.ends_with("local.settings.json");
            let shown = error.line.filter(|_| !secret);
            let shown = shown.and_then(|line| self.text.lines().nth(line - 1));
            let found = match shown.map(str::trim).filter(|text| !text.is_empty()) {
                Some(text) => format!("this is not JSON: {error}, near `{text}`"),
                None => format!("this is not JSON: {error}"),
            };
            FileError::new(&self.file, found).line(error.line).hint(
                "comments, trailing commas and single quotes are allowed; \
                 a missing comma or brace just before this line is the usual cause",
            )
        })
    }

    /// An error about a member, on the first line that names it.
    pub(crate) fn about(&self, member: &str, found: impl Into<String>) -> FileError {
        let quoted = [format!("\"{member}\""), format!("'{member}'")];
        let line = self
            .text
            .lines()
            .position(|line| quoted.iter().any(|name| line.contains(name)))
            .map(|index| index + 1);
        FileError::new(&self.file, found).line(line)
    }
}
