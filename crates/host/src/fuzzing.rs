//! The readers of an app's files and of route templates, given any text: what the fuzz targets call, and what tests call
//! with their corpus.

use std::path::Path;

use crate::app::{App, Variables, local_settings};
use crate::routing::Template;

/// Loads an app of three files in this folder, of which one is any text.
pub fn app(folder: &Path, file: &str, text: &[u8]) {
    let files: [(&str, &[u8]); 3] = [
        ("host.json", br#"{"version":"2.0"}"#),
        (
            "local.settings.json",
            br#"{"IsEncrypted":false,"Values":{}}"#,
        ),
        (
            "a/function.json",
            br#"{"bindings":[{"type":"httpTrigger","name":"req"}]}"#,
        ),
    ];
    let written = files.iter().try_for_each(|(name, content)| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
        std::fs::write(path, if *name == file { text } else { content })
    });
    assert!(written.is_ok(), "{written:?}");
    let _ = local_settings(folder);
    if let Err(error) = App::load(folder, &Variables::default(), None) {
        assert!(!error.to_string().is_empty());
    }
}

/// A template and a path, on a line each.
pub fn route(text: &str) {
    let (template, path) = text.split_once('\n').unwrap_or((text, ""));
    let Ok(template) = Template::parse(template) else {
        return;
    };
    let _ = template.matches(path);
    let _ = (template.shape(), template.literal_path());
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// Gives every file of a target's corpus, and every text that once broke it, to the target.
    fn replay(target: &str, run: impl Fn(&[u8])) {
        let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
        let mut seeds = 0;
        for folder in ["corpus", "crashes"] {
            let Ok(files) = std::fs::read_dir(fuzz.join(folder).join(target)) else {
                continue;
            };
            for file in files {
                run(&std::fs::read(file.unwrap().path()).unwrap());
                seeds += 1;
            }
        }
        assert!(seeds > 0, "{target} has no seeds");
    }

    #[test]
    fn the_corpus_breaks_no_target() {
        let folder = tempfile::tempdir().unwrap();
        replay("host_json", |text| {
            super::app(folder.path(), "host.json", text)
        });
        replay("local_settings", |text| {
            super::app(folder.path(), "local.settings.json", text);
        });
        replay("function_json", |text| {
            super::app(folder.path(), "a/function.json", text);
        });
        replay("route", |text| super::route(&String::from_utf8_lossy(text)));
    }
}
