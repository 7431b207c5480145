//! For which target the handler is built, decided before the build: a missing tool, or a binary that Azure could not
//! start, is found in a moment instead of after minutes.
//!
//! Function apps run on x86-64 Linux. Their images have glibc 2.31 or newer, so a binary must be static (musl) or linked
//! against an older glibc, which cargo-zigbuild can do anywhere. Source: docs/contracts/functions-host.md, "Target
//! triple".

use std::path::PathBuf;
use std::process::Stdio;

use tokio::process::Command;

use crate::project::NEWEST_GLIBC;

const ZIG: &str = "x86_64-unknown-linux-gnu.2.28";
const GNU: &str = "x86_64-unknown-linux-gnu";
const MUSL: &str = "x86_64-unknown-linux-musl";

/// What this machine can build with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Toolchain {
    /// The machine's own target.
    host: String,
    /// Its glibc.
    glibc: Option<(u32, u32)>,
    cargo_zigbuild: bool,
    zig: bool,
    /// The standard library for glibc targets.
    gnu_std: bool,
    /// The standard library for musl.
    musl_std: bool,
    /// A C compiler for musl, which dependencies need.
    musl_gcc: bool,
}

/// A target, and why this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// What cargo is told.
    pub(super) name: String,
    /// For people.
    pub(super) reason: String,
}

impl Target {
    /// The target that was asked for, or the best one, for a machine that cannot build yet.
    pub(super) fn wished(asked: Option<&str>) -> Self {
        Self {
            name: asked.unwrap_or(ZIG).to_owned(),
            reason: String::new(),
        }
    }
}

impl Toolchain {
    /// Looks at this machine.
    pub(super) async fn look() -> Self {
        let version = said("rustc", &["-vV"]).await.unwrap_or_default();
        let host = version.lines().find_map(|line| line.strip_prefix("host: "));
        let zig = std::env::var_os("CARGO_ZIGBUILD_ZIG_PATH").is_some()
            || on_path("zig")
            || said("python3", &["-c", "import ziglang"]).await.is_some();
        Self {
            host: host.unwrap_or_default().to_owned(),
            glibc: glibc().await,
            cargo_zigbuild: on_path("cargo-zigbuild"),
            zig,
            gnu_std: has_std(GNU).await,
            musl_std: has_std(MUSL).await,
            musl_gcc: on_path("musl-gcc") || on_path("x86_64-linux-musl-gcc"),
        }
    }

    /// The target that was asked for, or the first that this machine can build.
    ///
    /// # Errors
    /// What is missing, and how to get it.
    pub(super) fn choose(&self, asked: Option<&str>) -> Result<Target, String> {
        if let Some(name) = asked {
            return match self.problem(name) {
                Some(problem) => Err(format!("cannot build for {name}: {problem}")),
                None => Ok(Target {
                    name: name.to_owned(),
                    reason: "as --target says".to_owned(),
                }),
            };
        }
        let reasons = [
            (
                ZIG,
                "by cargo-zigbuild, for the glibc of every Functions image",
            ),
            (MUSL, "static, for every Functions image"),
            (
                GNU,
                "this machine's glibc is not newer than that of the Functions images",
            ),
        ];
        let mut problems = String::new();
        for (name, reason) in reasons {
            match self.problem(name) {
                None => {
                    return Ok(Target {
                        name: name.to_owned(),
                        reason: reason.to_owned(),
                    });
                }
                Some(problem) => problems.push_str(&format!("\n  {name}: {problem}")),
            }
        }
        Err(format!(
            "this machine cannot build a handler that Azure can start:{problems}\nhint: one of these is enough; cargo install --locked cargo-zigbuild && python3 -m pip install --user ziglang works everywhere that rustup has the target x86_64-unknown-linux-gnu (Debian and Ubuntu want apt-get install python3-pip first, and --break-system-packages with it)"
        ))
    }

    /// What is missing for a target, or would be wrong with its binary.
    fn problem(&self, target: &str) -> Option<String> {
        let missing = |tools: &[(bool, &str)]| {
            let missing: Vec<_> = tools.iter().filter(|(there, _)| !there).collect();
            let names: Vec<_> = missing.iter().map(|(_, name)| *name).collect();
            (!names.is_empty()).then(|| format!("missing {}", names.join(", ")))
        };
        if !target.starts_with("x86_64-") || !target.contains("-linux-") {
            return Some("function apps run on x86-64 Linux".to_owned());
        }
        if let Some((_, version)) = target.split_once("-gnu.") {
            let version = version_of(version);
            if version.is_none_or(|version| version > NEWEST_GLIBC) {
                return Some(format!(
                    "the oldest Functions image has glibc {}.{}",
                    NEWEST_GLIBC.0, NEWEST_GLIBC.1
                ));
            }
            return missing(&[
                (
                    self.cargo_zigbuild,
                    "cargo-zigbuild (cargo install --locked cargo-zigbuild)",
                ),
                (self.zig, "zig (python3 -m pip install --user ziglang)"),
                (
                    self.gnu_std,
                    "the standard library (rustup target add x86_64-unknown-linux-gnu)",
                ),
            ]);
        }
        if target == MUSL {
            return missing(&[
                (
                    self.musl_std,
                    "the standard library (rustup target add x86_64-unknown-linux-musl)",
                ),
                (self.musl_gcc, "musl-gcc (apt-get install musl-tools)"),
            ]);
        }
        if self.host != GNU {
            return Some(format!(
                "it takes a linker for {GNU}, and this machine is {}",
                self.host
            ));
        }
        // A binary may ask for whatever the glibc that it is linked against has.
        match self.glibc {
            Some(glibc) if glibc <= NEWEST_GLIBC => None,
            Some((major, minor)) => Some(format!(
                "a binary linked here may need glibc {major}.{minor}, and the oldest Functions image has {}.{}",
                NEWEST_GLIBC.0, NEWEST_GLIBC.1
            )),
            None => Some("the version of this machine's glibc is unknown".to_owned()),
        }
    }
}

async fn has_std(target: &str) -> bool {
    let folder = said("rustc", &["--print", "target-libdir", "--target", target]).await;
    folder.is_some_and(|folder| PathBuf::from(folder.trim()).is_dir())
}

/// From `glibc 2.36`.
async fn glibc() -> Option<(u32, u32)> {
    let text = said("getconf", &["GNU_LIBC_VERSION"]).await?;
    version_of(text.trim().strip_prefix("glibc ")?)
}

fn version_of(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??))
}

/// What a program says, if it is there and succeeds.
async fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn on_path(program: &str) -> bool {
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(&name).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn debian(glibc: (u32, u32)) -> Toolchain {
        Toolchain {
            host: GNU.to_owned(),
            glibc: Some(glibc),
            gnu_std: true,
            ..Toolchain::default()
        }
    }

    #[test]
    fn zig_comes_first_then_musl_then_an_old_glibc() {
        let mut all = debian((2, 31));
        (all.cargo_zigbuild, all.zig, all.musl_std, all.musl_gcc) = (true, true, true, true);
        let chosen = |toolchain: &Toolchain| toolchain.choose(None).unwrap().name;
        assert_eq!(chosen(&all), ZIG);
        all.zig = false;
        assert_eq!(chosen(&all), MUSL);
        all.musl_gcc = false;
        assert_eq!(chosen(&all), GNU);
    }

    #[test]
    fn a_glibc_that_is_too_new_is_predicted() {
        let problem = debian((2, 36)).choose(None).unwrap_err();
        for part in [
            "may need glibc 2.36",
            "has 2.31",
            "pip install --user ziglang",
            "rustup target add",
        ] {
            assert!(problem.contains(part), "{part}: {problem}");
        }
        assert!(debian((2, 31)).choose(Some(GNU)).is_ok());
        assert!(debian((2, 36)).choose(Some(GNU)).is_err());
    }

    #[test]
    fn a_target_that_azure_cannot_run_is_refused() {
        let mut all = debian((2, 36));
        (all.cargo_zigbuild, all.zig) = (true, true);
        assert!(all.choose(Some(ZIG)).is_ok());
        for target in [
            "aarch64-unknown-linux-gnu",
            "x86_64-pc-windows-msvc",
            "x86_64-unknown-linux-gnu.2.35",
        ] {
            assert!(all.choose(Some(target)).is_err(), "{target}");
        }
    }
}
