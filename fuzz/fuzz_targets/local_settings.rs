#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| TempDir::new().expect("a folder for the app"));

fuzz_target!(|data: &[u8]| sio_host::fuzzing::app(FOLDER.path(), "local.settings.json", data));
