//! The database: messages, and sockets that have shown a sign of life.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use socketio_functions::prelude::*;
use socketio_functions::settings::Settings;
use sqlx::any::{AnyPoolOptions, AnyRow, install_default_drivers};
use sqlx::{AnyPool, FromRow, Row as _};

/// The setting with the address of the database: `postgres://user:password@host/name`.
pub const DATABASE: &str = "HISTORY_DATABASE";

/// The most messages that one question is answered with.
const MOST: i64 = 100;

/// What both databases understand but for the type of the key, which counts up by itself.
const TABLES: [&str; 3] = [
    "CREATE TABLE IF NOT EXISTS messages (
        id {key}, event TEXT NOT NULL UNIQUE, author TEXT NOT NULL, text TEXT NOT NULL, at BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS sockets (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, seen BIGINT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS sockets_seen ON sockets (seen)",
];

/// A message as pages get it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Counts up; a page asks for what came after the last one that it has.
    pub id: i64,
    /// Who said it.
    pub author: String,
    /// What was said.
    pub text: String,
    /// When, in milliseconds since 1970.
    pub at: i64,
}

impl FromRow<'_, AnyRow> for Message {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            author: row.try_get("author")?,
            text: row.try_get("text")?,
            at: row.try_get("at")?,
        })
    }
}

/// The database, shared by all invocations of this process.
#[derive(Debug, Clone)]
pub struct Store(AnyPool);

impl Store {
    /// Opens the database that the settings name. While developing it may be left out: then it is a file beside the app.
    ///
    /// # Errors
    /// The setting is missing in Azure, or the database cannot be reached.
    pub async fn open(settings: Settings) -> anyhow::Result<Self> {
        let address = match settings.get(DATABASE) {
            Some(address) => address.to_owned(),
            None if settings.get(Settings::ENVIRONMENT) == Some("Development") => {
                let file = settings.root().join("history.db");
                format!("sqlite://{}?mode=rwc", file.display())
            }
            None => bail!(
                "the setting {DATABASE} is missing: name a PostgreSQL database that all instances of the app share; the SQLite file of a development machine would be another one for each instance"
            ),
        };
        if address.starts_with("sqlite:")
            && settings.get(Settings::ENVIRONMENT) != Some("Development")
        {
            bail!(
                "the setting {DATABASE} names an SQLite file, which only works on a development machine: every instance of the app would have its own; name a PostgreSQL database"
            );
        }
        install_default_drivers();
        let pool = AnyPoolOptions::new()
            .max_connections(5)
            .acquire_timeout(Duration::from_secs(5));
        let pool = pool.connect(&address).await;
        // The address may have a password in it, and so may the library's own text.
        let store = Self(pool.map_err(|_| anyhow::anyhow!("cannot connect to the database that the setting {DATABASE} names: check its host, user and password"))?);
        let key = match address.starts_with("sqlite:") {
            true => "INTEGER PRIMARY KEY AUTOINCREMENT",
            false => "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        };
        for table in TABLES {
            let statement = sqlx::AssertSqlSafe(table.replace("{key}", key));
            let made = sqlx::query(statement).execute(&store.0).await;
            made.context("cannot create the tables of the history")?;
        }
        Ok(store)
    }

    /// Keeps a message once, however often the service delivers its event. `None` if it was kept before.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn keep(
        &self,
        event: &str,
        author: &UserId,
        text: &str,
    ) -> anyhow::Result<Option<Message>> {
        let kept = sqlx::query_as(
            "INSERT INTO messages (event, author, text, at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (event) DO NOTHING RETURNING id, author, text, at",
        );
        let kept = kept.bind(event).bind(author.as_str()).bind(text);
        let kept = kept.bind(now()).fetch_optional(&self.0).await;
        kept.context("cannot keep a message")
    }

    /// The message that an event brought.
    ///
    /// # Errors
    /// The database does not answer, or has no such message.
    pub async fn of_event(&self, event: &str) -> anyhow::Result<Message> {
        let found = sqlx::query_as("SELECT id, author, text, at FROM messages WHERE event = $1");
        let found = found.bind(event).fetch_one(&self.0).await;
        found.context("cannot read a message")
    }

    /// The oldest messages after this one, a hundred at most; with 0 the newest hundred.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn since(&self, id: i64) -> anyhow::Result<Vec<Message>> {
        let found = match id {
            0 => sqlx::query_as(
                "SELECT id, author, text, at FROM
                 (SELECT id, author, text, at FROM messages ORDER BY id DESC LIMIT $1) AS newest ORDER BY id",
            )
            .bind(MOST),
            _ => sqlx::query_as(
                "SELECT id, author, text, at FROM messages WHERE id > $1 ORDER BY id LIMIT $2",
            )
            .bind(id)
            .bind(MOST),
        };
        let found = found.fetch_all(&self.0).await;
        found.context("cannot read messages")
    }

    /// Notes a sign of life of a socket.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn seen(&self, socket: &SocketId, name: &UserId) -> anyhow::Result<()> {
        let noted = sqlx::query(
            "INSERT INTO sockets (id, name, seen) VALUES ($1, $2, $3)
             ON CONFLICT (id) DO UPDATE SET seen = excluded.seen",
        );
        let noted = noted.bind(socket.as_str()).bind(name.as_str()).bind(now());
        noted
            .execute(&self.0)
            .await
            .context("cannot note a socket")?;
        Ok(())
    }

    /// Forgets a socket.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn gone(&self, socket: &SocketId) -> anyhow::Result<()> {
        let forgotten = sqlx::query("DELETE FROM sockets WHERE id = $1").bind(socket.as_str());
        let forgotten = forgotten.execute(&self.0).await;
        forgotten.context("cannot forget a socket")?;
        Ok(())
    }

    /// Forgets the sockets without a sign of life for this many milliseconds; says how many there were.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn sweep(&self, silent: i64) -> anyhow::Result<u64> {
        let swept = sqlx::query("DELETE FROM sockets WHERE seen <= $1").bind(now() - silent);
        let swept = swept.execute(&self.0).await;
        Ok(swept
            .context("cannot forget silent sockets")?
            .rows_affected())
    }

    /// Who is online, each name once.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn names(&self) -> anyhow::Result<Vec<String>> {
        let names = sqlx::query_scalar("SELECT DISTINCT name FROM sockets ORDER BY name");
        let names = names.fetch_all(&self.0).await;
        names.context("cannot read who is online")
    }
}

/// Milliseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}
