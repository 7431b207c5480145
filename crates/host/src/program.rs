//! What kind of program a file holds, by its first bytes.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// As far as the number of the machine in an ELF header.
const HEAD: u64 = 20;

/// A kind of program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Program {
    /// A file without content.
    Empty,
    /// A script that starts with `#!`.
    Script,
    /// A program for Linux.
    Linux(Machine),
    /// A program for Windows.
    Windows,
    /// A program for macOS.
    MacOs,
    /// Anything else.
    Other,
}

/// The machine that a program for Linux was built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine {
    /// `e_machine` of the ELF header.
    number: u16,
    /// Whether addresses have 64 bits.
    is_64_bit: bool,
}

impl Program {
    /// Reads the first bytes of a file.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn read(path: &Path) -> io::Result<Self> {
        let mut head = Vec::new();
        File::open(path)?.take(HEAD).read_to_end(&mut head)?;
        Ok(Self::classify(&head))
    }

    /// Classifies a file by its first bytes; 20 suffice.
    pub fn classify(data: &[u8]) -> Self {
        match data {
            [] => Self::Empty,
            [b'#', b'!', ..] => Self::Script,
            [0x7f, b'E', b'L', b'F', class, order, ..] if data.len() >= 20 => {
                let number = [data[18], data[19]];
                Self::Linux(Machine {
                    number: if *order == 2 {
                        u16::from_be_bytes(number)
                    } else {
                        u16::from_le_bytes(number)
                    },
                    is_64_bit: *class == 2,
                })
            }
            [b'M', b'Z', ..] => Self::Windows,
            [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, ..] => Self::MacOs,
            _ => Self::Other,
        }
    }
}

impl Machine {
    /// 64-bit x86, where function apps run.
    pub const X86_64: Self = Self {
        number: 62,
        is_64_bit: true,
    };
    const AARCH64: Self = Self {
        number: 183,
        is_64_bit: true,
    };

    /// This machine, if it is one that people develop on.
    pub(crate) fn here() -> Option<Self> {
        match std::env::consts::ARCH {
            "x86_64" => Some(Self::X86_64),
            "aarch64" => Some(Self::AARCH64),
            _ => None,
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("an empty file"),
            Self::Script => f.write_str("a script"),
            Self::Linux(machine) => write!(f, "a Linux program for {machine}"),
            Self::Windows => f.write_str("a Windows program"),
            Self::MacOs => f.write_str("a macOS program"),
            Self::Other => f.write_str("neither a Linux program nor a script that starts with #!"),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.number, self.is_64_bit) {
            (3, _) => f.write_str("32-bit x86"),
            (40, _) => f.write_str("32-bit Arm"),
            (62, true) => f.write_str("x86-64"),
            (62, false) => f.write_str("x86-64 with 32-bit addresses"),
            (183, _) => f.write_str("64-bit Arm"),
            (243, _) => f.write_str("RISC-V"),
            (number, _) => write!(f, "ELF machine {number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An ELF header as far as it is read.
    fn elf(class: u8, order: u8, machine: [u8; 2]) -> Vec<u8> {
        let mut head = b"\x7fELF".to_vec();
        head.extend([class, order, 1]);
        head.resize(18, 0);
        head.extend(machine);
        head
    }

    #[test]
    fn kinds_are_known_by_their_first_bytes() {
        for (data, said) in [
            (b"".to_vec(), "an empty file"),
            (b"#!/bin/sh\n".to_vec(), "a script"),
            (b"MZ\x90\0".to_vec(), "a Windows program"),
            (vec![0xcf, 0xfa, 0xed, 0xfe, 0], "a macOS program"),
            (vec![0xca, 0xfe, 0xba, 0xbe], "a macOS program"),
            (elf(2, 1, [62, 0]), "a Linux program for x86-64"),
            (elf(2, 1, [183, 0]), "a Linux program for 64-bit Arm"),
            (elf(1, 1, [3, 0]), "a Linux program for 32-bit x86"),
            (elf(2, 2, [0, 22]), "a Linux program for ELF machine 22"),
            (
                b"hello".to_vec(),
                "neither a Linux program nor a script that starts with #!",
            ),
            // Cut off before the machine.
            (
                elf(2, 1, [62, 0])[..19].to_vec(),
                "neither a Linux program nor a script that starts with #!",
            ),
        ] {
            assert_eq!(Program::classify(&data).to_string(), said);
        }
    }

    #[test]
    fn the_word_size_tells_machines_of_one_number_apart() {
        assert_eq!(
            Program::classify(&elf(2, 1, [62, 0])),
            Program::Linux(Machine::X86_64)
        );
        assert_ne!(
            Program::classify(&elf(1, 1, [62, 0])),
            Program::Linux(Machine::X86_64)
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_test_is_a_program_for_this_machine() {
        let program = Program::read(&std::env::current_exe().unwrap()).unwrap();
        let here = Machine::here().unwrap();
        assert_eq!(program, Program::Linux(here));
    }
}
