//! `App::main`: what the handler's binary does, by its arguments and its environment.

mod check;

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use crate::app::manifest::{self, Bindings};
use crate::app::{App, refuse_aliases};
use crate::invocation;
use crate::settings::{PORT, Settings};
use crate::telemetry::{self, Stream};

const USAGE: &str = "\
This is a custom handler of Azure Functions; the Functions host starts it.

  sio dev                     builds it and runs it with an emulator of the service
  func start                  runs it in a staged folder (sio stage)
  handler manifest            prints its function.json files
    --bindings direct         for our own webhook (the default)
    --bindings extension      for Microsoft's Socket.IO extension
    --check                   compares them, and host.json, with those of the current folder
    --root DIR                or of this one
  handler types               prints the typed contract in TypeScript
  handler invoke NAME [FILE]  runs a function once, with {\"Data\": …, \"Metadata\": …} in the file or by stdin
";

/// What the arguments ask for.
#[derive(Debug, PartialEq, Eq)]
enum Command {
    Serve,
    Manifest(Bindings),
    Check(Bindings, Option<PathBuf>),
    Types,
    Invoke(String, Option<PathBuf>),
}

impl App {
    /// Runs the app as this process's arguments and environment say.
    ///
    /// | called as | does |
    /// |---|---|
    /// | by the Functions host, without arguments | serves on the port in `FUNCTIONS_CUSTOMHANDLER_PORT`, which the host sets |
    /// | `handler manifest [--bindings direct\|extension]` | prints every `function.json` as one JSON object |
    /// | `handler manifest --check [--root DIR]` | compares them with a script root, host.json included; fails if something differs |
    /// | `handler types` | prints the typed contract in TypeScript |
    /// | `handler invoke NAME [FILE]` | runs a function once, with what stands in the file or comes by stdin, and prints its answer |
    ///
    /// The exit code is 0 when that is done; 1 after an error, which stands on stderr; 2 for arguments that are none of
    /// these, and when no host has set the port.
    ///
    /// ```no_run
    /// use socketio_functions::prelude::*;
    ///
    /// fn main() -> std::process::ExitCode {
    ///     App::new().hub(Hub::new("hub")).main()
    /// }
    /// ```
    #[must_use]
    pub fn main(self) -> ExitCode {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let outcome = match parse(&arguments) {
            Ok(Command::Manifest(bindings)) => print_manifest(self, bindings),
            Ok(Command::Check(bindings, root)) => check_manifest(self, bindings, root),
            Ok(Command::Types) => print_types(self),
            Ok(Command::Invoke(name, file)) => invoke(self, &name, file),
            Ok(Command::Serve) => {
                let settings = Settings::from_env();
                match settings.port() {
                    Ok(Some(port)) => serve(self, settings, port),
                    Ok(None) => return wrong_use(None),
                    Err(error) => Err(error.into()),
                }
            }
            Err(problem) => return wrong_use(Some(&problem)),
        };
        match outcome {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                // The host shows the last lines of stderr when a handler ends.
                say(format_args!("ERROR {error:#}"));
                ExitCode::FAILURE
            }
        }
    }
}

/// Writes to stderr. Nobody may be reading any more, which must not turn a failure into a panic.
fn say(text: std::fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn parse(arguments: &[&str]) -> Result<Command, String> {
    match arguments {
        [] => Ok(Command::Serve),
        ["types"] => Ok(Command::Types),
        ["invoke", name] | ["invoke", name, "-"] => Ok(Command::Invoke((*name).to_owned(), None)),
        ["invoke", name, file] => Ok(Command::Invoke((*name).to_owned(), Some(file.into()))),
        ["manifest", options @ ..] => manifest_options(options),
        other => Err(format!("unknown arguments: {}", other.join(" "))),
    }
}

fn manifest_options(mut options: &[&str]) -> Result<Command, String> {
    let (mut bindings, mut check, mut root) = (Bindings::Direct, false, None);
    loop {
        options = match options {
            [] => break,
            ["--check", rest @ ..] => {
                check = true;
                rest
            }
            ["--bindings", value, rest @ ..] => {
                bindings = value.parse()?;
                rest
            }
            ["--root", folder, rest @ ..] => {
                root = Some(PathBuf::from(folder));
                rest
            }
            other => return Err(format!("unknown arguments: {}", other.join(" "))),
        };
    }
    match (check, root) {
        (true, root) => Ok(Command::Check(bindings, root)),
        (false, None) => Ok(Command::Manifest(bindings)),
        (false, Some(_)) => Err("--root is for --check".to_owned()),
    }
}

fn wrong_use(problem: Option<&str>) -> ExitCode {
    match problem {
        Some(problem) => say(format_args!("error: {problem}\n\n{USAGE}")),
        None => say(format_args!(
            "{USAGE}\n({PORT} is not set, so there is no host to serve.)"
        )),
    }
    ExitCode::from(2)
}

fn print_manifest(app: App, bindings: Bindings) -> anyhow::Result<()> {
    // Of the settings two count here: with the webhook's caller the function `socketio` asks for no key, and without a
    // route prefix not every route can be served.
    let settings = Settings::from_env();
    let prefix = settings.route_prefix()?;
    let registry = app.build(settings)?;
    refuse_aliases(&registry, &prefix)?;
    let files = manifest::files(&registry, bindings)?;
    let text = serde_json::to_string_pretty(&serde_json::json!({
        "bindings": bindings.to_string(),
        "files": files,
    }))?;
    writeln!(std::io::stdout(), "{text}").context("stdout cannot be written")
}

fn check_manifest(app: App, bindings: Bindings, root: Option<PathBuf>) -> anyhow::Result<()> {
    let settings = Settings::from_env();
    let root = root.unwrap_or_else(|| settings.root());
    check::check(&app.build(settings)?, bindings, &root)?;
    say(format_args!("{} fits the app", root.display()));
    Ok(())
}

fn print_types(app: App) -> anyhow::Result<()> {
    let declarations = app.check()?.typescript()?;
    write!(std::io::stdout(), "{declarations}").context("stdout cannot be written")
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the async runtime cannot be started")
}

/// Runs a function once and prints what the host would get; fails where the host would take it for a failure.
fn invoke(app: App, name: &str, file: Option<PathBuf>) -> anyhow::Result<()> {
    let mut body = Vec::new();
    match file {
        Some(file) => {
            body = std::fs::read(&file)
                .with_context(|| format!("{} cannot be read", file.display()))?;
        }
        None => {
            let read = std::io::stdin().read_to_end(&mut body);
            read.context("stdin cannot be read")?;
        }
    }
    let settings = Settings::from_env();
    let _telemetry = telemetry::install(&settings, Stream::Stderr)?;
    let registry = app.build(settings)?;
    let answer = runtime()?.block_on(invocation::invoke(registry, name, &body))?;
    let mut stdout = std::io::stdout();
    let written = stdout.write_all(answer.body());
    written
        .and_then(|()| writeln!(stdout))
        .context("stdout cannot be written")?;
    if !answer.status().is_success() {
        bail!(
            "the invocation of {name:?} has failed with {}",
            answer.status()
        );
    }
    Ok(())
}

fn serve(app: App, settings: Settings, port: u16) -> anyhow::Result<()> {
    let _telemetry = telemetry::install(&settings, Stream::Stdout)?;
    let registry = app.build(settings)?;
    runtime()?.block_on(async {
        let listener = invocation::bind(port)
            .await
            .with_context(|| format!("the handler cannot listen on port {port}"))?;
        invocation::serve(registry, listener, stop()).await?;
        Ok(())
    })
}

/// Ready when the system asks this process to end. The host kills without asking, so nothing may depend on it.
async fn stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let terminate = async {
            match signal(SignalKind::terminate()) {
                Ok(mut signal) => {
                    signal.recv().await;
                }
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            () = terminate => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_choose_the_command() {
        assert_eq!(parse(&[]), Ok(Command::Serve));
        assert_eq!(
            parse(&["manifest"]),
            Ok(Command::Manifest(Bindings::Direct))
        );
        assert_eq!(
            parse(&["manifest", "--bindings", "extension"]),
            Ok(Command::Manifest(Bindings::Extension))
        );
        assert_eq!(
            parse(&["manifest", "--check", "--root", "x"]),
            Ok(Command::Check(Bindings::Direct, Some("x".into())))
        );
        assert_eq!(
            parse(&["manifest", "--bindings", "extension", "--check"]),
            Ok(Command::Check(Bindings::Extension, None))
        );
        for wrong in [
            &["--bindings", "other"][..],
            &["--root", "x"],
            &["--bindings"],
            &["x"],
        ] {
            assert!(parse(&[&["manifest"], wrong].concat()).is_err());
        }
        assert_eq!(parse(&["types"]), Ok(Command::Types));
        assert!(parse(&["serve"]).is_err());
        for from_stdin in [&["invoke", "tick"][..], &["invoke", "tick", "-"]] {
            assert_eq!(
                parse(from_stdin),
                Ok(Command::Invoke("tick".to_owned(), None))
            );
        }
        let from_file = Command::Invoke("tick".to_owned(), Some("x".into()));
        assert_eq!(parse(&["invoke", "tick", "x"]), Ok(from_file));
        assert!(parse(&["invoke"]).is_err());
    }

    #[test]
    fn state_that_cannot_be_made_ends_the_process_with_the_reason() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let app =
            App::new().state_with(|| async { Err::<u8, _>(std::io::Error::other("no database")) });
        let error = serve(app, Settings::new(), port).unwrap_err();
        // What `main` prints as its last line.
        let line = format!("{error:#}");
        assert!(
            line.contains("u8") && line.ends_with("no database"),
            "{line}"
        );
        assert_eq!(line.lines().count(), 1, "{line}");
    }
}
