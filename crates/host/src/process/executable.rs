//! Whether this machine can run the handler's file. Checked first, because the system's own error explains little.

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};

use super::command_line::{Launch, file_of};
use crate::program::{Machine, Program};

/// The file that host.json names cannot be run.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ExecutableError {
    /// There is no such file.
    #[error("there is no handler {}\nhint: customHandler.description.defaultExecutablePath in host.json is \"{configured}\"; `sio stage` builds the handler and puts it there", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
        /// The setting.
        configured: String,
    },
    /// It is there, but not executable.
    #[error("the handler {} lacks the execute bit\nhint: `chmod +x {}`, or let `sio stage` put it there with the bit; customHandler.description.defaultExecutablePath in host.json names it", path.display(), path.display())]
    NotExecutable {
        /// The file.
        path: PathBuf,
    },
    /// It is not a program for this machine.
    #[error("the handler {} cannot run here: {found}\nhint: `sio stage` builds one for this machine; customHandler.description.defaultExecutablePath in host.json names the file", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        found: String,
    },
    /// The folder to start it in is missing.
    #[error("there is no folder {} to start the handler in\nhint: customHandler.description.workingDirectory in host.json names it", path.display())]
    Directory {
        /// The folder.
        path: PathBuf,
    },
}

/// Looks at the file that is about to be started.
pub(crate) fn check(launch: &Launch) -> Result<(), ExecutableError> {
    if !launch.directory.is_dir() {
        return Err(ExecutableError::Directory {
            path: launch.directory.clone(),
        });
    }
    let missing = |path: &Path| ExecutableError::Missing {
        path: path.to_owned(),
        configured: launch.configured.clone(),
    };
    let file = if launch.program.is_absolute() {
        launch.program.clone()
    } else if launch.program.components().count() > 1 {
        // Not there: a file that is there would have been made absolute.
        return Err(missing(&launch.candidate));
    } else {
        in_path(launch).ok_or_else(|| missing(&launch.candidate))?
    };
    if !file.is_file() {
        return Err(missing(&file));
    }
    if !is_executable(&file) {
        return Err(ExecutableError::NotExecutable { path: file });
    }
    match wrong_format(&file) {
        Some(found) => Err(ExecutableError::Format { path: file, found }),
        None => Ok(()),
    }
}

fn in_path(launch: &Launch) -> Option<PathBuf> {
    // Windows calls it "Path".
    let is_path = |name: &str| name == "PATH" || cfg!(windows) && name.eq_ignore_ascii_case("PATH");
    let (_, path) = launch.variables.iter().find(|(name, _)| is_path(name))?;
    std::env::split_paths(path)
        .filter_map(|folder| file_of(&folder.join(&launch.program), EXE_SUFFIX))
        .find(|file| is_executable(file))
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).is_ok_and(|found| found.permissions().mode() & 0o111 != 0)
}

/// Windows has no execute bit: a file's name says whether it is a program.
#[cfg(not(unix))]
fn is_executable(_: &Path) -> bool {
    true
}

/// Why this machine does not run a file, if so.
fn wrong_format(file: &Path) -> Option<String> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let program = Program::read(file).ok()?;
    let here = Machine::here()?;
    match program {
        Program::Script => None,
        Program::Linux(machine) if machine == here => None,
        Program::Linux(_) => Some(format!("it is {program}, and this machine is {here}")),
        _ => Some(format!("it is {program}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_by_its_name_or_with_the_suffix_of_programs() {
        let folder = tempfile::tempdir().unwrap();
        let named = folder.path().join("handler");
        let suffixed = folder.path().join("handler.exe");
        assert_eq!(file_of(&named, ".exe"), None);
        std::fs::write(&suffixed, "").unwrap();
        assert_eq!(file_of(&named, ""), None);
        assert_eq!(file_of(&named, ".exe"), Some(suffixed.clone()));
        assert_eq!(file_of(&suffixed, ".exe"), Some(suffixed));
        std::fs::write(&named, "").unwrap();
        assert_eq!(file_of(&named, ".exe"), Some(named));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn foreign_formats_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("handler");
        // 0xffff is a machine that does not exist.
        let mut foreign = b"\x7fELF\x02\x01\x01".to_vec();
        foreign.resize(18, 0);
        foreign.extend([0xff, 0xff]);
        for (bytes, expected) in [
            (&b"MZ\x90"[..], "a Windows program"),
            (b"", "an empty file"),
            (b"hello", "neither"),
            (&foreign, "ELF machine 65535, and this machine is"),
        ] {
            std::fs::write(&file, bytes).unwrap();
            let found = wrong_format(&file).unwrap();
            assert!(found.contains(expected), "{found}");
        }
        std::fs::write(&file, "#!/bin/sh\n").unwrap();
        assert_eq!(wrong_format(&file), None);
        assert_eq!(wrong_format(&std::env::current_exe().unwrap()), None);
    }
}
