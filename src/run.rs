//! `App::run`: what the handler's binary does, by its arguments and its environment.

mod check;

use std::fmt;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, bail};

use crate::app::manifest::{self, Bindings};
use crate::app::{App, refuse_aliases};
use crate::invocation;
use crate::settings::Settings;
use crate::telemetry::{self, Stream, Telemetry};

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

/// Why the app ended, in one line without secrets. It was written to stderr before it was returned.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Error {
    /// The same as [`Display`](fmt::Display): Rust shows it where `main` returns the error.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

impl App {
    /// Runs the app as this process's arguments and environment say.
    ///
    /// | called as | does |
    /// |---|---|
    /// | by the Functions host, without arguments | serves on the port in `FUNCTIONS_CUSTOMHANDLER_PORT`, which the host sets |
    /// | `handler manifest [--bindings direct\|extension]` | prints every `function.json` as one JSON object |
    /// | `handler manifest --check [--root DIR]` | compares them with a script root, host.json included; fails if something differs |
    /// | `handler types` | prints the typed contract in TypeScript |
    /// | `handler invoke NAME [FILE]` | runs a function once, with the content of the file or of stdin, and prints its answer |
    ///
    /// Other arguments, and none where no host has set the port, print the usage and end the process with exit code 2.
    ///
    /// ```no_run
    /// use socketio_functions::prelude::*;
    ///
    /// #[tokio::main]
    /// async fn main() -> Result<(), Error> {
    ///     App::new().hub(Hub::new("hub")).run().await
    /// }
    /// ```
    ///
    /// The error converts into `anyhow::Error`, so `main` may do more before and after, and return `anyhow::Result<()>`.
    ///
    /// # Errors
    /// What was asked for failed. The reason stands on stderr already, in a line that the host classifies as an error.
    pub async fn run(self) -> Result<(), Error> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let command = parse(&arguments).unwrap_or_else(|problem| wrong_use(Some(&problem)));
        let settings = Settings::from_env();
        let secrets = settings.clone();
        let outcome = match command {
            Command::Manifest(bindings) => print_manifest(self, settings, bindings),
            Command::Check(bindings, root) => check_manifest(self, settings, bindings, root),
            Command::Types => print_types(self),
            Command::Invoke(name, file) => invoke(self, settings, &name, file).await,
            Command::Serve => match settings.port() {
                Ok(Some(port)) => serve(self, settings, port).await,
                Ok(None) => wrong_use(None),
                Err(error) => Err(error.into()),
            },
        };
        // The host shows the last lines of stderr when a handler ends.
        outcome.map_err(|error| Error(telemetry::last_line(&format!("{error:#}"), &secrets)))
    }

    /// Runs the app as [`App::run`] does, in an async runtime of its own: the short form.
    ///
    /// ```no_run
    /// use socketio_functions::prelude::*;
    ///
    /// fn main() -> Result<(), Error> {
    ///     App::new().hub(Hub::new("hub")).main()
    /// }
    /// ```
    ///
    /// # Errors
    /// As for [`App::run`].
    pub fn main(self) -> Result<(), Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build();
        match runtime {
            Ok(runtime) => runtime.block_on(self.run()),
            Err(error) => {
                let line = format!("cannot start the async runtime: {error}");
                Err(Error(telemetry::last_line(&line, &Settings::new())))
            }
        }
    }
}

/// Writes to stdout. A reader that has seen enough, such as `head`, is not an error.
fn print(text: std::fmt::Arguments<'_>) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_fmt(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to stdout"),
    }
}

/// Writes to stderr. If nothing reads it any more, that must not turn a failure into a panic.
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

/// Says how the handler is used, and ends the process.
#[expect(clippy::exit, reason = "exit code 2 tells wrong use from a failure")]
fn wrong_use(problem: Option<&str>) -> ! {
    match problem {
        Some(problem) => say(format_args!("error: {problem}\n\n{USAGE}")),
        None => say(format_args!(
            "{USAGE}\n({port} is not set, so no host has started this handler.)",
            port = Settings::PORT
        )),
    }
    std::process::exit(2)
}

fn print_manifest(app: App, settings: Settings, bindings: Bindings) -> anyhow::Result<()> {
    // Of the settings two count here: with the webhook's caller the function `socketio` asks for no key, and without a
    // route prefix not every route can be served.
    let prefix = settings.route_prefix()?;
    let registry = app.build(settings)?;
    refuse_aliases(&registry, &prefix)?;
    let files = manifest::files(&registry, bindings)?;
    let hubs: Vec<_> = registry.hubs.iter().map(|hub| hub.name.as_str()).collect();
    let text = serde_json::to_string_pretty(&serde_json::json!({
        "bindings": bindings.to_string(),
        "files": files,
        "hubs": hubs,
        "events": registry.events(),
    }))?;
    print(format_args!("{text}\n"))
}

fn check_manifest(
    app: App,
    settings: Settings,
    bindings: Bindings,
    root: Option<PathBuf>,
) -> anyhow::Result<()> {
    let root = root.unwrap_or_else(|| settings.root());
    check::check(&app.build(settings)?, bindings, &root)?;
    say(format_args!("{} fits the app", root.display()));
    Ok(())
}

fn print_types(app: App) -> anyhow::Result<()> {
    let declarations = app.typescript()?;
    print(format_args!("{declarations}"))
}

/// The log of this process. Exporters of spans make and end blocking clients, which an async thread must not do.
async fn log(settings: &Settings, stream: Stream) -> anyhow::Result<Log> {
    let settings = settings.clone();
    let installed =
        tokio::task::spawn_blocking(move || telemetry::install(&settings, stream)).await?;
    Ok(Log(installed?))
}

/// The installed log, to be ended before the process.
struct Log(Telemetry);

impl Log {
    async fn end(self) {
        // It only fails if ending the log panics, and then the process ends all the same.
        let _ = tokio::task::spawn_blocking(move || self.0).await;
    }
}

/// Runs a function once and prints what the host would get; fails where the host would take it for a failure.
async fn invoke(
    app: App,
    settings: Settings,
    name: &str,
    file: Option<PathBuf>,
) -> anyhow::Result<()> {
    let mut body = Vec::new();
    match file {
        Some(file) => {
            let read = std::fs::read(&file);
            body = read.with_context(|| format!("cannot read {}", file.display()))?;
        }
        None => {
            let read = std::io::stdin().read_to_end(&mut body);
            read.context("cannot read stdin")?;
        }
    }
    let log = log(&settings, Stream::Stderr).await?;
    let answered = answer(app, settings, name, &body).await;
    log.end().await;
    answered
}

async fn answer(app: App, settings: Settings, name: &str, body: &[u8]) -> anyhow::Result<()> {
    let registry = app.build(settings)?;
    let answer = invocation::invoke(registry, name, body).await?;
    print(format_args!("{}\n", String::from_utf8_lossy(answer.body())))?;
    if !answer.status().is_success() {
        bail!("the invocation of {name:?} failed with {}", answer.status());
    }
    Ok(())
}

async fn serve(app: App, settings: Settings, port: u16) -> anyhow::Result<()> {
    let log = log(&settings, Stream::Stdout).await?;
    let served = listen(app, settings, port).await;
    log.end().await;
    served
}

async fn listen(app: App, settings: Settings, port: u16) -> anyhow::Result<()> {
    let registry = app.build(settings)?;
    let listener = invocation::bind(port)
        .await
        .with_context(|| format!("the handler cannot listen on port {port}"))?;
    invocation::serve(registry, listener, stop()).await?;
    Ok(())
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

    #[tokio::test]
    async fn state_that_cannot_be_made_ends_the_process_with_the_reason() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let app =
            App::new().state_with(|| async { Err::<u8, _>(std::io::Error::other("no database")) });
        let error = serve(app, Settings::new(), port).await.unwrap_err();
        // What `main` prints as its last line.
        let line = format!("{error:#}");
        assert!(
            line.contains("u8") && line.ends_with("no database"),
            "{line}"
        );
        assert_eq!(line.lines().count(), 1, "{line}");
    }
}
