//! `Result` as a reply of every kind.

use crate::handler::{Answer, Failure, Kind, Reply};

use super::Refusal;

impl<K, T, E> Reply<K> for Result<T, E>
where
    K: Kind,
    T: Reply<K>,
    E: Into<anyhow::Error> + Send + 'static,
{
    fn reply(self) -> Result<Answer, Failure> {
        match self {
            Ok(reply) => reply.reply(),
            Err(error) => match error.into().downcast::<Refusal>() {
                Ok(refusal) => Err(Failure::Refused(Box::new(refusal.into_answer::<K>()?))),
                Err(error) => Err(Failure::Error(error)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::{Connect, Event, Http};
    use crate::reply::{Ack, Admit};

    fn reply(result: anyhow::Result<Ack<(u8,)>>) -> Result<Answer, Failure> {
        Reply::<Event>::reply(result)
    }

    fn refused(reply: Result<Answer, Failure>) -> Answer {
        match reply {
            Err(Failure::Refused(answer)) => *answer,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_refusal_is_an_acknowledgement_and_other_errors_are_failures() {
        let refusal = anyhow::Error::from(Refusal::new("full")).context("while joining");
        let answer = refused(reply(Err(refusal)));
        assert!(matches!(answer, Answer::Ack { list, .. } if list == r#"["full"]"#));
        assert!(matches!(reply(Ok(Ack((1,)))), Ok(Answer::Ack { list, .. }) if list == "[1]"));
        assert!(matches!(
            reply(Err(anyhow::anyhow!("x"))),
            Err(Failure::Error(_))
        ));
    }

    #[test]
    fn a_refusal_never_admits() {
        let banned: Result<Admit, Refusal> = Err(Refusal::new("banned"));
        let answer = refused(Reply::<Connect>::reply(banned));
        assert!(
            matches!(&answer, Answer::Reject { status, message, data: None } if *status == 403 && message == "banned")
        );
        let value = serde_json::json!({ "reason": "full" });
        let full: Result<Admit, Refusal> = Err(Refusal::new(value.clone()));
        let answer = refused(Reply::<Connect>::reply(full));
        assert!(matches!(answer, Answer::Reject { data, .. } if data == Some(value)));
        let page: Result<String, Refusal> = Err(Refusal::new("banned"));
        assert!(matches!(Reply::<Http>::reply(page), Err(Failure::Error(_))));
    }
}
