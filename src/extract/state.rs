//! Values of the app, and the outbox.

use std::any::type_name;

use crate::arguments::short;
use crate::client::Client;
use crate::handler::{Context, Extract, Kind, Needs, Rejection};
use crate::io::Io;

/// A value that the app was given with [`App::state`](crate::App::state), cloned.
///
/// It lives in this process only: a second instance of the app has one of its own. Put an `Arc` inside what is large.
#[derive(Debug, Clone)]
pub struct State<T>(pub T);

impl<K: Kind, T: Clone + Send + Sync + 'static> Extract<K> for State<T> {
    type Rejection = Rejection;

    fn needs(needs: &mut Needs) {
        needs.state::<T>();
    }

    async fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        let value = context.shared.get::<T>().cloned();
        value.map(Self).ok_or_else(|| {
            Rejection::new(format_args!(
                "the app has no state of type {}; register it with `App::state`",
                short(type_name::<T>())
            ))
        })
    }
}

/// A value that a [middleware](crate::middleware) has added to the invocation, cloned.
#[derive(Debug, Clone)]
pub struct Extension<T>(pub T);

impl<K: Kind, T: Clone + Send + Sync + 'static> Extract<K> for Extension<T> {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        let value = context.extensions.get::<T>().cloned();
        value.map(Self).ok_or_else(|| {
            Rejection::new(format_args!(
                "no middleware has added a value of type {}; add it with `Call::insert`",
                short(type_name::<T>())
            ))
        })
    }
}

/// The rejection of what needs the service, in a test without one.
pub(crate) fn no_service() -> Rejection {
    Rejection::new(
        "a `TestApp` has no service, so no `Client` in it; take `Io`, or test with `World`",
    )
}

impl<K: Kind> Extract<K> for Io {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        Ok(context.io.clone())
    }
}

impl<K: Kind> Extract<K> for Client {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        let services = context.shared.services().ok_or_else(no_service)?;
        Ok(Self::within(services.clone(), context.io.scope().clone()))
    }
}
