//! The traits that turn a plain async function into a handler.

use std::any::TypeId;

use super::{Answer, Context, Failure, Kind, Rejection};

/// Something that a handler can take as an argument in invocations of kind `K`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a handler of kind `{K}`",
    label = "not available in handlers of kind `{K}`",
    note = "the table of arguments per kind is in the documentation of `socketio_functions::extract`",
    note = "where no client socket is at hand, take `Io` to reach sockets"
)]
pub trait Extract<K: Kind>: Sized + Send + 'static {
    /// Says what the app must have for this argument, so that a missing piece is found when the app is built.
    fn needs(_: &mut Needs) {}

    /// Makes the argument.
    ///
    /// # Errors
    /// The invocation does not have what the argument asks for.
    fn extract(context: &mut Context<K>) -> Result<Self, Rejection>;
}

/// What a handler's arguments ask of the app.
#[derive(Debug, Default, Clone)]
pub struct Needs {
    /// Types of [`State`](crate::extract::State), with their names.
    pub state: Vec<(TypeId, &'static str)>,
    /// Whether bytes stand in the handler's signature, as an argument of the event or of its acknowledgement. Bytes
    /// inside a type of the author's own are not seen.
    pub binary: bool,
    /// Whether the trigger's value is wanted as bytes, which its binding must be told.
    pub bytes: bool,
}

/// Something that a handler of kind `K` can return.
#[diagnostic::on_unimplemented(
    message = "a handler of kind `{K}` cannot return `{Self}`",
    label = "not a reply of handlers of kind `{K}`",
    note = "events return `()` or `Ack<(…)>`, connect returns `Admit`, HTTP a response, negotiation an `Identity`, all others `()`; each also as `Result<_, E>`"
)]
pub trait Reply<K: Kind>: Send + 'static {
    /// What the value means.
    ///
    /// # Errors
    /// The value is itself an error, or cannot be written.
    fn reply(self) -> Result<Answer, Failure>;
}

/// An async function of at most eight arguments. Implemented for all of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an async function of at most eight arguments",
    note = "a handler is `async fn(arguments…) -> reply`, and `Clone + Send + Sync + 'static`"
)]
pub trait Shape<A>: Clone + Send + Sync + 'static {
    /// What it returns.
    type Output;
    /// The future it returns it by.
    type Future: Future<Output = Self::Output> + Send;

    /// Calls it.
    fn run(&self, arguments: A) -> Self::Future;
}

/// A list of arguments that all fit invocations of kind `K`.
pub trait Arguments<K: Kind>: Sized + Send + 'static {
    /// Collects what they ask of the app.
    fn needs(needs: &mut Needs);

    /// Makes them, from left to right.
    ///
    /// # Errors
    /// The first that cannot be made.
    fn extract(context: &mut Context<K>) -> Result<Self, Rejection>;
}

macro_rules! arity {
    ($($argument:ident),*) => {
        impl<F, Fut, $($argument),*> Shape<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> Fut + Clone + Send + Sync + 'static,
            Fut: Future + Send,
        {
            type Output = Fut::Output;
            type Future = Fut;

            #[expect(non_snake_case, reason = "the type parameters name the values too")]
            fn run(&self, ($($argument,)*): ($($argument,)*)) -> Fut {
                self($($argument),*)
            }
        }

        impl<K: Kind, $($argument: Extract<K>),*> Arguments<K> for ($($argument,)*) {
            fn needs(needs: &mut Needs) {
                $($argument::needs(needs);)*
            }

            fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
                Ok(($($argument::extract(context)?,)*))
            }
        }
    };
}

impl<F, Fut> Shape<()> for F
where
    F: Fn() -> Fut + Clone + Send + Sync + 'static,
    Fut: Future + Send,
{
    type Output = Fut::Output;
    type Future = Fut;

    fn run(&self, (): ()) -> Fut {
        self()
    }
}

impl<K: Kind> Arguments<K> for () {
    fn needs(_: &mut Needs) {}

    fn extract(_: &mut Context<K>) -> Result<Self, Rejection> {
        Ok(())
    }
}

arity!(A);
arity!(A, B);
arity!(A, B, C);
arity!(A, B, C, D);
arity!(A, B, C, D, E);
arity!(A, B, C, D, E, G);
arity!(A, B, C, D, E, G, H);
arity!(A, B, C, D, E, G, H, I);
