//! Negotiation: who the user is, and the token that says so.
//!
//! A page asks a negotiation function for an address and a token, then connects with them. The function is a rule of
//! the app's own: from the request to an [`Identity`]. Whatever user the rule names, the token proves to the service;
//! so a rule that reads a name from the query proves nothing about the person.
//!
//! | rule | the user is |
//! |---|---|
//! | [`Identity::easy_auth`] | the user that the platform has signed in; else 401 |
//! | [`Identity::bearer`] | the user that a token of an identity provider names; else 401 |
//! | `Identity::Anonymous`, or any other [`Identity`] | that one, for every caller |
//! | [`Identity::query`] | the user that the query names, in development only |
//! | [`Identity::from_request`] | the user that a plain function finds in the request |
//! | an async function of your own | the user that it names: it takes a [`Request`](crate::extract::Request), a [`Principal`](crate::extract::Principal) and more, and returns an [`Identity`] |
//!
//! An [`Identity`] also says how long the token holds, and which roles, groups and claims stand in it. An HTTP function
//! that decides for itself who gets a token takes a [`Negotiator`].

mod bearer;
mod identity;
mod issue;
mod negotiator;
mod rules;

pub use bearer::Bearer;
pub use identity::Identity;
pub use issue::{NegotiateError, Negotiation};
pub(crate) use issue::{issue, response};
pub use negotiator::Negotiator;
pub use rules::EasyAuth;
#[doc(hidden)]
pub use rules::{FromQuery, FromRequest};

pub use crate::handler::Grant;
