//! `Result` as a reply of every kind.

use crate::handler::{Answer, Failure, Kind, Reply};

#[diagnostic::do_not_recommend]
impl<K, T, E> Reply<K> for Result<T, E>
where
    K: Kind,
    T: Reply<K>,
    E: Into<anyhow::Error> + Send + 'static,
{
    fn reply(self) -> Result<Answer, Failure> {
        match self {
            Ok(reply) => reply.reply(),
            Err(error) => Err(error.into().into()),
        }
    }
}
