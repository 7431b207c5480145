//! `sio negotiate`: what a client needs to connect.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;
use sio_protocol::audience;
use sio_protocol::connection_string::ConnectionString;
use sio_protocol::names::HubName;
use sio_protocol::token::{self, NewClaims};

use super::ServiceArgs;
use crate::client::Negotiation;
use crate::terminal;

/// Print an address and a token for a client, as a negotiation function would.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The hub.
    #[arg(long, value_name = "HUB", default_value = "hub")]
    hub: HubName,
    /// The user that the token names; anonymous by default.
    #[arg(long, value_name = "USER", allow_hyphen_values = true)]
    user: Option<String>,
    /// How long the token holds: a number and s, m, h or d.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = duration)]
    ttl: Duration,
    #[command(flatten)]
    service: ServiceArgs,
}

/// Prints it once.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let connection = args.service.parsed()?;
    let negotiation = negotiation(&connection, &args.hub, args.user.as_deref(), args.ttl)?;
    let value = json!({
        "endpoint": negotiation.endpoint,
        "path": negotiation.path,
        "token": negotiation.token,
    });
    terminal::data(format!("{value}\n"))
}

/// An address and a token for a client of a hub.
pub(crate) fn negotiation(
    connection: &ConnectionString,
    hub: &HubName,
    user: Option<&str>,
    ttl: Duration,
) -> anyhow::Result<Negotiation> {
    let endpoint = connection.endpoint().to_string();
    let audience = audience::client(&endpoint, hub);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let seconds = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX / 4);
    let claims = NewClaims::new(&audience, seconds(now), seconds(ttl));
    Ok(Negotiation {
        path: audience::client_path(hub),
        token: token::sign(connection.access_key(), &claims.user(user))?,
        endpoint,
    })
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong =
        || format!("{text:?} is not a time; expected a number and s, m, h or d, such as 90s or 1h");
    let unit = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3600,
        Some('d') => 86_400,
        _ => return Err(wrong()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    let seconds = number
        .checked_mul(unit)
        .filter(|seconds| (1..=31_536_000).contains(seconds));
    let seconds = seconds.ok_or_else(|| format!("{text} is not between a second and a year"))?;
    Ok(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_with_a_unit() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("2h"), Ok(Duration::from_secs(7200)));
        assert_eq!(duration("1d"), Ok(Duration::from_secs(86_400)));
        for wrong in ["", "h", "1", "1x", "-1s", "0s", "99999999999d", "1.5h", "é"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
