//! The limits of HTTP requests that host.json sets: who runs, who waits, who is sent away.
//!
//! Source: host contract, "Other keys that matter" and its vectors V161 and V162. Every request counts but those to
//! `/admin`, so the webhooks of extensions do too. Requests that wait are served in the order in which they came.
//!
//! `dynamicThrottlesEnabled` has nothing to go by here: it compares counters of the platform, which this machine does
//! not have. A warning at the start says so.

use std::sync::Arc;

use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use sio_net::Body;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::status;
use crate::app::Throttles;

/// Tells the platform that another instance is needed.
const SCALE_OUT: HeaderName = HeaderName::from_static("x-function-scaleout");

/// The places of an app for requests.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    limit: usize,
    outstanding: Option<Arc<Semaphore>>,
    concurrent: Option<Arc<Semaphore>>,
}

/// A request's place; free again when the last copy is dropped, which is when its invocation has ended.
#[derive(Debug, Clone)]
pub(super) struct Place {
    _permits: Arc<[Option<OwnedSemaphorePermit>; 2]>,
}

/// There is no place, not even for waiting. `Display` is what the host logs.
#[derive(Debug, thiserror::Error)]
#[error("Http request queue limit of {0} has been exceeded.")]
pub(super) struct Full(usize);

impl Throttle {
    pub(crate) fn new(throttles: &Throttles) -> Self {
        let places = |limit: Option<usize>| limit.map(|limit| Arc::new(Semaphore::new(limit)));
        Self {
            limit: throttles.outstanding.unwrap_or_default(),
            outstanding: places(throttles.outstanding),
            concurrent: places(throttles.concurrent),
        }
    }

    /// Gives a request its place, which it carries from then on; waits for its turn.
    pub(super) async fn admit<B>(&self, request: &mut Request<B>) -> Result<(), Full> {
        let place = match &self.outstanding {
            Some(places) => match places.clone().try_acquire_owned() {
                Ok(place) => Some(place),
                Err(_) => return Err(Full(self.limit)),
            },
            None => None,
        };
        let turn = match &self.concurrent {
            // Nobody closes it, so this waits until there is a turn.
            Some(turns) => turns.clone().acquire_owned().await.ok(),
            None => None,
        };
        if place.is_some() || turn.is_some() {
            request.extensions_mut().insert(Place {
                _permits: Arc::new([place, turn]),
            });
        }
        Ok(())
    }
}

/// The answer for a request that is sent away.
pub(super) fn refusal() -> Response<Body> {
    let mut response = status(StatusCode::TOO_MANY_REQUESTS);
    let headers = response.headers_mut();
    headers.insert(SCALE_OUT, HeaderValue::from_static("1"));
    response
}
