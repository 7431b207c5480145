//! Whether the handler's file can be run at all, said before the system says it worse.

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};

use super::command_line::{Launch, file_of};

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

/// What a file is, if it is not something that this machine runs.
fn wrong_format(file: &Path) -> Option<String> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let mut head = [0_u8; 64];
    let length = std::fs::File::open(file)
        .and_then(|mut file| std::io::Read::read(&mut file, &mut head))
        .ok()?;
    match &head[..length] {
        [] => Some("the file is empty".to_owned()),
        [b'#', b'!', ..] => None,
        [0x7f, b'E', b'L', b'F', class, order, rest @ ..] if rest.len() >= 14 => {
            let machine = if *order == 2 {
                u16::from_be_bytes([rest[12], rest[13]])
            } else {
                u16::from_le_bytes([rest[12], rest[13]])
            };
            let name = match machine {
                3 => "32-bit x86",
                40 => "32-bit Arm",
                62 => "x86-64",
                183 => "64-bit Arm",
                243 => "RISC-V",
                _ => return None,
            };
            let ours = match std::env::consts::ARCH {
                "x86_64" => 62,
                "aarch64" => 183,
                _ => return None,
            };
            (machine != ours || *class != 2).then(|| {
                format!(
                    "it is a program for {name}, and this machine is {}",
                    std::env::consts::ARCH
                )
            })
        }
        [b'M', b'Z', ..] => Some("it is a Windows program".to_owned()),
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, ..] => {
            Some("it is a macOS program".to_owned())
        }
        _ => Some("it is neither a Linux program nor a script that starts with #!".to_owned()),
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
        let mut arm = b"\x7fELF\x02\x01\x01".to_vec();
        arm.resize(18, 0);
        arm.extend([183, 0]);
        let foreign = if cfg!(target_arch = "x86_64") {
            "64-bit Arm"
        } else {
            "x86-64"
        };
        if !cfg!(target_arch = "x86_64") {
            arm[18] = 62;
        }
        for (bytes, expected) in [
            (&b"MZ\x90"[..], "Windows"),
            (b"\xcf\xfa\xed\xfe", "macOS"),
            (b"", "empty"),
            (b"hello", "neither"),
            (&arm, foreign),
        ] {
            std::fs::write(&file, bytes).unwrap();
            let found = wrong_format(&file).unwrap();
            assert!(found.contains(expected), "{found}");
        }
        assert_eq!(wrong_format(&std::env::current_exe().unwrap()), None);
    }
}
