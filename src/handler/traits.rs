//! The traits that turn a plain async function into a handler.

use std::any::{TypeId, type_name};

use super::{Answer, Context, Failure, Kind, Rejection};

/// Something that a handler can take as an argument in invocations of kind `K`.
///
/// Authors implement it for types of their own: for a set of kinds such as [`SocketKind`](crate::extract::SocketKind),
/// or for every [`Kind`]. An implementation may write `async fn extract`.
/// It can use the extractors of this crate through [`Context::extract`]. Absence is not failure: an extractor of an
/// optional value is an implementation for `Option` of a type of its own.
///
/// ```
/// # use socketio_functions::prelude::*;
/// use socketio_functions::extract::{Context, Extract, Needs, Rejection, SocketKind};
///
/// #[derive(Clone)]
/// struct Users(/* a pool of connections */);
///
/// impl Users {
///     async fn find(&self, id: &UserId) -> anyhow::Result<Option<String>> {
///         Ok((id.as_str() == "ada").then(|| "Ada Lovelace".to_owned()))
///     }
/// }
///
/// /// The user of the connection, as the database knows it.
/// struct CurrentUser {
///     name: String,
/// }
///
/// impl<K: SocketKind> Extract<K> for CurrentUser {
///     type Rejection = Rejection;
///
///     fn needs(needs: &mut Needs) {
///         needs.extractor::<State<Users>, K>();
///     }
///
///     async fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
///         let State(users) = context.extract::<State<Users>>().await?;
///         let id = context.extract::<UserId>().await?;
///         match users.find(&id).await? {
///             Some(name) => Ok(Self { name }),
///             None => Err(Refusal::new((false, "Please register first.")).into()),
///         }
///     }
/// }
///
/// async fn greet(user: CurrentUser) -> Ack<String> {
///     Ack(format!("Hello, {}.", user.name))
/// }
/// # let app = App::new().state(Users()).hub(Hub::new("hub").on("greet", greet));
/// # app.check().unwrap();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a handler of kind `{K}`",
    label = "not available in handlers of kind `{K}`",
    note = "the table of arguments per kind is in the documentation of `socketio_functions::extract`; a type of your own implements `socketio_functions::extract::Extract`",
    note = "what the client sent is `Data<T>`; a handler that no client caused takes `Io` to reach sockets"
)]
pub trait Extract<K: Kind>: Sized + Send + 'static {
    /// Why the argument could not be made: a [`Rejection`], a [`Refusal`](crate::reply::Refusal) that the client gets,
    /// `anyhow::Error`, or [`Infallible`](std::convert::Infallible).
    type Rejection: Into<Rejection>;

    /// Says what the app must have for this argument, so that a missing piece is found when the app is built.
    fn needs(_: &mut Needs) {}

    /// Makes the argument.
    fn extract(
        context: &mut Context<K>,
    ) -> impl Future<Output = Result<Self, Self::Rejection>> + Send;
}

impl<K: Kind> Context<K> {
    /// Another argument of the same invocation.
    ///
    /// # Errors
    /// The argument cannot be made.
    pub async fn extract<E: Extract<K>>(&mut self) -> Result<E, Rejection> {
        E::extract(self).await.map_err(Into::into)
    }
}

/// What a handler's arguments ask of the app.
#[derive(Debug, Default, Clone)]
pub struct Needs {
    /// Types of [`State`](crate::extract::State), with their names.
    pub(crate) state: Vec<(TypeId, &'static str)>,
    /// Whether the event's arguments hold bytes, as far as their type shows it.
    pub(crate) binary: bool,
    /// Whether the trigger's value is wanted as bytes, which its binding must be told.
    pub(crate) bytes: bool,
}

impl Needs {
    /// A value of the app's [state](crate::App::state).
    pub fn state<T: 'static>(&mut self) {
        self.state.push((TypeId::of::<T>(), type_name::<T>()));
    }

    /// Whatever another extractor needs.
    pub fn extractor<E: Extract<K>, K: Kind>(&mut self) {
        E::needs(self);
    }
}

/// Something that a handler of kind `K` can return.
#[diagnostic::on_unimplemented(
    message = "a handler of kind `{K}` cannot return `{Self}`",
    label = "not a reply of handlers of kind `{K}`",
    note = "events return `()` or `Ack<T>`, HTTP a response, negotiation an `Identity`, all others `()`; each also as `Result<_, E>`",
    note = "`E` is a `Refusal` for the client, or an error that converts into `anyhow::Error`; a text does by `anyhow::Error::msg`"
)]
pub trait Reply<K: Kind>: Send + 'static {
    /// What the value means.
    ///
    /// # Errors
    /// The value is itself an error, or cannot be written.
    #[doc(hidden)]
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
    /// The future it returns it by. Whether that is `Send` is asked where the handler is registered: the compiler then
    /// names the value that is not.
    type Future: Future<Output = Self::Output>;

    /// Calls it.
    fn run(&self, arguments: A) -> Self::Future;
}

/// A list of arguments that all fit invocations of kind `K`.
pub trait Arguments<K: Kind>: Sized + Send + 'static {
    /// Collects what they ask of the app.
    fn needs(needs: &mut Needs);

    /// Makes them, from left to right.
    fn extract(context: &mut Context<K>) -> impl Future<Output = Result<Self, Rejection>> + Send;
}

macro_rules! arity {
    ($($argument:ident),*) => {
        impl<F, Fut, $($argument),*> Shape<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> Fut + Clone + Send + Sync + 'static,
            Fut: Future,
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

            async fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
                Ok(($($argument::extract(context).await.map_err(Into::into)?,)*))
            }
        }
    };
}

impl<F, Fut> Shape<()> for F
where
    F: Fn() -> Fut + Clone + Send + Sync + 'static,
    Fut: Future,
{
    type Output = Fut::Output;
    type Future = Fut;

    fn run(&self, (): ()) -> Fut {
        self()
    }
}

impl<K: Kind> Arguments<K> for () {
    fn needs(_: &mut Needs) {}

    async fn extract(_: &mut Context<K>) -> Result<Self, Rejection> {
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
