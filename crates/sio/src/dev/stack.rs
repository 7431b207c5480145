//! Emulator, host and handler while they run: rebuilt on changes, and stopped in order.

use std::net::IpAddr;

use super::app::App;
use super::identity::LocalIdentity;
use super::service::Service;
use super::watch::Changes;
use crate::project::{Bindings, Project};
use crate::stop::Stop;
use crate::terminal::under;
use crate::trace::Watch;
use crate::tunnel;

/// Everything that is started, ready for use.
pub(super) struct Stack {
    pub(super) project: Project,
    pub(super) app: App,
    pub(super) service: Service,
    pub(super) watch: Watch,
    /// Its tenant ends when this does.
    pub(super) identity: Option<LocalIdentity>,
    /// Where the service was told that the webhook is.
    pub(super) webhook: String,
    /// Unless changes are not watched.
    pub(super) changes: Option<Changes>,
}

impl Stack {
    /// Says where everything is.
    pub(super) fn introduce(&self, listen: IpAddr) {
        under(
            "ready",
            format_args!("the app        {}", self.app.host().url()),
        );
        if !self.service.is_remote() {
            let endpoint = self.service.connection().endpoint();
            under("", format_args!("the inspector  {endpoint}/"));
        }
        for function in self.app.host().functions() {
            if let Some(url) = &function.url {
                under("", format_args!("{:<14} {url}", function.name));
            }
        }
        if let Some(identity) = &self.identity {
            for note in identity.notes(&self.app.host().url(), listen) {
                under("sign in", note);
            }
        }
        if self.service.is_remote() {
            for (index, step) in tunnel::steps(&self.webhook).iter().enumerate() {
                under(if index == 0 { "tunnel" } else { "" }, step);
            }
            under(
                "",
                "sio doctor --connection STRING looks at the service and says this again",
            );
        }
    }

    /// Goes on until it is stopped or the handler cannot be kept running.
    pub(super) async fn run(mut self, stop: &mut Stop) -> anyhow::Result<()> {
        let outcome = tokio::select! {
            stopped = stop.requested() => stopped,
            failed = self.follow() => Err(failed),
        };
        under("stop", "clients, handler, host");
        // The clients go first: what their leaving causes should still reach the handler.
        self.service.stop().await;
        self.app.stop().await;
        self.watch.end().await;
        outcome
    }

    /// Rebuilds on changes. Without watching, a handler that cannot be kept running is the end; with it, the next
    /// change may mend that.
    async fn follow(&mut self) -> anyhow::Error {
        let Some(mut changes) = self.changes.take() else {
            return self.app.gave_up().await;
        };
        let mut given_up = false;
        loop {
            let change = tokio::select! {
                change = changes.next() => change,
                error = self.app.gave_up(), if !given_up => {
                    under("failed", format_args!("{error:#}; waiting for a change"));
                    given_up = true;
                    continue;
                }
            };
            let copied = self.app.staging().bindings == Bindings::Extension;
            if !change.rebuilds && !copied {
                under("reload", format_args!("{} changed", change.path.display()));
                self.app.reload_pages();
                continue;
            }
            under("build", format_args!("{} changed", change.path.display()));
            let rebuilt = self.rebuild().await;
            self.watch.caught_up().await;
            match rebuilt {
                Ok(()) => {
                    given_up = false;
                    self.app.reload_pages();
                    under("ready", "with the new handler");
                }
                Err(error) if self.app.is_down() => {
                    under("failed", format_args!("{error:#}; waiting for a change"));
                }
                Err(error) => under("failed", format_args!("{error:#}; what ran before goes on")),
            }
        }
    }

    async fn rebuild(&mut self) -> anyhow::Result<()> {
        let staged = self.project.stage(self.app.staging()).await?;
        if staged.changed || self.app.is_down() {
            under(
                "start",
                "the host again, since its functions or its configuration changed",
            );
            self.app.restart_host().await?;
            self.service.show(self.app.links());
            let webhook = self.app.webhook()?;
            if webhook != self.webhook {
                under(
                    "warning",
                    format_args!(
                        "the webhook is now {webhook}: start `sio dev` again, so that the service learns it"
                    ),
                );
            }
            Ok(())
        } else {
            self.app.restart_handler().await
        }
    }
}
