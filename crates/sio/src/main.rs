//! `sio`: everything that a Socket.IO function app needs on a developer's machine, one command a file.
//!
//! stdout is data, stderr is for people. Exit code 0: done; 1: failed; 2: wrong use.

mod azure;
mod client;
mod completions;
mod connect;
mod deploy;
mod dev;
mod doctor;
mod emulator;
mod health;
mod host;
mod identity;
mod invoke;
mod listen;
mod local_settings;
mod log;
mod manifest;
mod new;
mod project;
mod ready;
mod replay;
mod service;
mod stage;
mod staged;
mod stop;
mod style;
mod terminal;
mod trace;
mod tunnel;
mod types;
mod unshown;
mod verify;
mod whole_file;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::stop::Stop;

/// Socket.IO without a server: run, test and stage function apps for Azure Web PubSub for Socket.IO.
#[derive(Debug, Parser)]
#[command(name = "sio", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Dev(dev::Args),
    Emulator(emulator::Args),
    Host(host::Args),
    Stage(stage::Args),
    Manifest(manifest::Args),
    New(new::Args),
    Azure(azure::Args),
    Deploy(deploy::Args),
    Doctor(doctor::Args),
    Completions(completions::Args),
    Types(types::Args),
    Connect(connect::Args),
    Invoke(invoke::Args),
    Replay(replay::Args),
    Negotiate(service::negotiate::Args),
    Send(service::send::Args),
    /// Put a socket into a room.
    Join(service::act::RoomArgs),
    /// Take a socket out of a room.
    Leave(service::act::RoomArgs),
    Disconnect(service::act::DisconnectArgs),
    Verify(verify::Args),
}

impl Command {
    /// The form of what is written to stderr.
    fn form(&self) -> terminal::Form {
        match self {
            Self::Dev(args) => args.trace.log,
            Self::Emulator(args) => args.trace.log,
            Self::Host(args) => args.trace.log,
            _ => terminal::Form::Text,
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let command = Cli::parse().command;
    terminal::write_as(command.form());
    log::install(matches!(command, Command::Dev(_)));
    let outcome = match command {
        Command::Dev(args) => dev::run(args).await,
        Command::Emulator(args) => emulator::run(args).await,
        Command::Host(args) => host::run(args).await,
        Command::Stage(args) => stage::run(args).await,
        Command::Manifest(args) => manifest::run(args).await,
        Command::New(args) => new::run(&args),
        Command::Azure(args) => azure::run(args).await,
        Command::Deploy(args) => deploy::run(args).await,
        Command::Doctor(args) => doctor::run(args).await,
        Command::Completions(args) => completions::run(&args),
        Command::Types(args) => types::run(args).await,
        Command::Connect(args) => connect::run(args).await,
        Command::Invoke(args) => Stop::before(invoke::run(args)).await,
        Command::Replay(args) => Stop::before(replay::run(args)).await,
        Command::Negotiate(args) => service::negotiate::run(&args),
        Command::Send(args) => service::send::run(args).await,
        Command::Join(args) => service::act::join(args).await,
        Command::Leave(args) => service::act::leave(args).await,
        Command::Disconnect(args) => service::act::disconnect(args).await,
        Command::Verify(args) => Stop::before(verify::run(args)).await,
    };
    let code = match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::failed(&error);
            ExitCode::FAILURE
        }
    };
    terminal::flush();
    code
}
