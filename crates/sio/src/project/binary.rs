//! Whether a binary can run where function apps run: x86-64 Linux with the glibc of the Functions images.
//!
//! A binary that cannot be started is not reported by the host: it waits two minutes and stops. So it is found here.
//! Source: docs/contracts/functions-host.md, "Target triple" and "Dispatcher state and the invocation gate".

use std::path::Path;

use anyhow::Context as _;
use object::Endianness;
use object::elf::FileHeader64;
use object::read::elf::FileHeader as _;
use sio_host::{Machine, Program};

/// The newest glibc that every published Functions image has (Debian 11).
pub(crate) const NEWEST_GLIBC: (u32, u32) = (2, 31);

/// What a binary was built for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binary {
    program: Program,
    /// The newest glibc that it asks for; none if it is static.
    glibc: Option<(u32, u32)>,
}

impl Binary {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let data =
            std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
        Ok(Self::classify(&data))
    }

    fn classify(data: &[u8]) -> Self {
        Self {
            program: Program::classify(data),
            glibc: newest_glibc(data),
        }
    }

    /// Why the binary would not start in Azure, if so.
    pub(crate) fn problem(&self) -> Option<String> {
        if self.program != Program::Linux(Machine::X86_64) {
            return Some(format!(
                "it is {}, and function apps run on x86-64 Linux",
                self.program
            ));
        }
        let (major, minor) = self.glibc.filter(|glibc| *glibc > NEWEST_GLIBC)?;
        let (newest_major, newest_minor) = NEWEST_GLIBC;
        Some(format!(
            "it needs glibc {major}.{minor}, and the oldest Functions image has {newest_major}.{newest_minor}"
        ))
    }
}

/// The newest `GLIBC_x.y` among the versions that the dynamic linker must find.
fn newest_glibc(data: &[u8]) -> Option<(u32, u32)> {
    let header = FileHeader64::<Endianness>::parse(data).ok()?;
    let endian = header.endian().ok()?;
    let sections = header.sections(endian, data).ok()?;
    let (mut needs, link) = sections.gnu_verneed(endian, data).ok()??;
    let strings = sections.strings(endian, data, link).ok()?;
    let mut newest = None;
    while let Ok(Some((_, mut versions))) = needs.next() {
        while let Ok(Some(version)) = versions.next() {
            let name = version.name(endian, strings).ok().and_then(version_of);
            newest = newest.max(name);
        }
    }
    newest
}

fn version_of(name: &[u8]) -> Option<(u32, u32)> {
    let version = std::str::from_utf8(name).ok()?.strip_prefix("GLIBC_")?;
    let mut parts = version.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_that_azure_does_not_run_is_named() {
        for (data, what) in [
            (&b"MZ\x90\0"[..], "it is a Windows program, and"),
            (b"#!/bin/sh\n", "it is a script, and"),
            (b"", "it is an empty file, and"),
        ] {
            let problem = Binary::classify(data).problem().unwrap();
            assert!(problem.starts_with(what), "{problem}");
        }
    }

    #[test]
    fn glibc_versions_are_compared_by_number() {
        assert_eq!(version_of(b"GLIBC_2.4"), Some((2, 4)));
        assert_eq!(version_of(b"GLIBC_2.2.5"), Some((2, 2)));
        assert_eq!(version_of(b"GCC_3.0"), None);
        let binary = |glibc| Binary {
            program: Program::Linux(Machine::X86_64),
            glibc,
        };
        assert_eq!(binary(Some((2, 4))).problem(), None);
        assert_eq!(binary(Some((2, 31))).problem(), None);
        assert_eq!(binary(None).problem(), None);
        assert!(binary(Some((2, 34))).problem().is_some());
    }

    #[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
    #[test]
    fn this_very_program_is_for_linux_and_asks_for_a_glibc() {
        let binary = Binary::read(&std::env::current_exe().unwrap()).unwrap();
        assert_eq!(binary.program, Program::Linux(Machine::X86_64));
        assert!(binary.glibc.is_some_and(|glibc| glibc > (2, 0)));
    }
}
