//! Asking the app for an address and a token, as a page does.

use std::time::Duration;

use anyhow::{Context as _, bail};
use reqwest::StatusCode;

use crate::client::Negotiation;
use crate::deploy::patience::Patience;

/// A start from nothing takes seconds; the platform gives up after 230.
const LONGEST_ANSWER: Duration = Duration::from_secs(60);

/// What the app said.
#[derive(Debug)]
pub(crate) enum Negotiated {
    /// An address and a token.
    Given(Negotiation),
    /// It gives none to a stranger: users must sign in, or the app's own rule says no.
    SignIn(StatusCode),
}

/// Asks, and asks again while the app is starting.
pub(crate) async fn negotiate(url: &str, time: Duration) -> anyhow::Result<Negotiated> {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(LONGEST_ANSWER)
        .build()
        .context("cannot make an HTTP client")?;
    let mut patience = Patience::new(time);
    loop {
        let problem = match client.get(url).send().await {
            Err(error) => format!("cannot reach it: {}", error.without_url()),
            Ok(response) => match response.status() {
                StatusCode::OK => {
                    let given = response.json().await;
                    return given.map(Negotiated::Given).map_err(|error| {
                        anyhow::anyhow!(
                            "{} answered 200 and no address with a token ({})\nhint: is it the negotiation function? --negotiate names another path",
                            shown(url),
                            error.without_url()
                        )
                    });
                }
                status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                    return Ok(Negotiated::SignIn(status));
                }
                status if status.is_redirection() => return Ok(Negotiated::SignIn(status)),
                status => format!("it answers {status}{}", reason(status)),
            },
        };
        if !patience.once_more().await {
            bail!("{} gives no token: {problem}", shown(url));
        }
    }
}

/// An address without its query, which may have a key in it.
fn shown(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}

fn reason(status: StatusCode) -> &'static str {
    match status.as_u16() {
        404 => {
            "\nhint: the host has no such function at this path: look at the route prefix in host.json, and whether the host has started; --negotiate names another path"
        }
        502..=504 => {
            "\nhint: the handler does not start: architecture, glibc, execute bit; sio deploy refuses such packages, other tools do not"
        }
        500 => "\nhint: the handler failed; its log says why",
        _ => "",
    }
}
