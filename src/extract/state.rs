//! Values of the app, and the outbox.

use std::any::{TypeId, type_name};

use crate::client::Client;
use crate::handler::{Context, Extract, Kind, Needs, Rejection};
use crate::io::Io;

/// A value that the app was given with [`App::state`](crate::App::state), cloned.
///
/// It lives in this process only: a second instance of the app has one of its own. Put an `Arc` inside what is large.
#[derive(Debug, Clone)]
pub struct State<T>(pub T);

impl<K: Kind, T: Clone + Send + Sync + 'static> Extract<K> for State<T> {
    fn needs(needs: &mut Needs) {
        needs.state.push((TypeId::of::<T>(), type_name::<T>()));
    }

    fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        let value = context.shared.get::<T>().cloned();
        value.map(Self).ok_or(Rejection::State(type_name::<T>()))
    }
}

impl<K: Kind> Extract<K> for Io {
    fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        Ok(context.io.clone())
    }
}

impl<K: Kind> Extract<K> for Client {
    fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        let services = context.shared.services().ok_or(Rejection::NoService)?;
        Ok(Self::within(services.clone(), context.io.scope().clone()))
    }
}
