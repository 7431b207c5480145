//! The recorded apps, as they lie in `cases/`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

/// What a recorded app's host.json calls its handler.
const HANDLER: &str = "{HANDLER}";

/// An app and its cases.
pub(crate) struct Recording {
    pub(crate) name: String,
    /// host.json: an object, or text where its writing counts.
    host: Value,
    functions: BTreeMap<String, Value>,
    pub(crate) answers: Value,
    /// In the order in which they were recorded.
    pub(crate) cases: Vec<Case>,
}

/// A request, and what the original made of it.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// `answer`, `seen` and `calls`
    pub(crate) original: Value,
}

#[derive(Deserialize)]
struct File {
    host: Value,
    functions: BTreeMap<String, Value>,
    answers: Value,
    cases: Vec<Value>,
}

impl Recording {
    pub(crate) fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings/cases");
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        files.iter().map(|file| Self::read(file)).collect()
    }

    fn read(path: &Path) -> Self {
        let file: File = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let cases = file.cases.into_iter().map(|mut case| {
            let mut take = |name: &str| case.as_object_mut().unwrap().remove(name).unwrap();
            let (name, request) = (take("name"), take("request"));
            let body = match (&request["body"], &request["body64"]) {
                (Value::String(text), _) => text.clone().into_bytes(),
                (_, Value::String(text)) => STANDARD.decode(text).unwrap(),
                _ => Vec::new(),
            };
            let head = request["head"].as_str().unwrap().to_owned();
            Case {
                name: name.as_str().unwrap().to_owned(),
                head,
                body,
                original: case,
            }
        });
        Self {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            host: file.host,
            functions: file.functions,
            answers: file.answers,
            cases: cases.collect(),
        }
    }

    /// Writes the app into a folder, with this program as its handler.
    pub(crate) fn write(&self, root: &Path) {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let program = std::env::current_exe().unwrap();
        let host = text(&self.host).replace(HANDLER, &program.display().to_string());
        std::fs::write(root.join("host.json"), host).unwrap();
        // A function names it as its script; it must be there.
        std::fs::write(root.join("recorder.py"), "").unwrap();
        for (name, binding) in &self.functions {
            std::fs::create_dir(root.join(name)).unwrap();
            std::fs::write(root.join(name).join("function.json"), text(binding)).unwrap();
        }
    }
}
