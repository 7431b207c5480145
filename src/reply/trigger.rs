//! Replies of timers, queues and functions with bindings of their own.

use crate::handler::{Answer, Failure, Outputs, Queue, Raw, Reply, Timer};

macro_rules! nothing {
    ($($kind:ty),*) => {$(
        impl Reply<$kind> for () {
            fn reply(self) -> Result<Answer, Failure> {
                Ok(Answer::Nothing)
            }
        }
    )*};
}

nothing!(Timer, Queue, Raw);

impl Reply<Raw> for Outputs {
    fn reply(self) -> Result<Answer, Failure> {
        Ok(Answer::Outputs(self))
    }
}
