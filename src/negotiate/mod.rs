//! Negotiation: who the user is, and the token that says so.
//!
//! A page asks a negotiation function for an address and a token, then connects with them. The function is a rule of
//! the app's own: from the request to an [`Identity`]. Whatever user the rule names, the token proves to the service;
//! so a rule that reads a name from the query proves nothing about the person.
//!
//! | rule | the user is |
//! |---|---|
//! | [`Identity::easy_auth`] | whom the platform has signed in; else 401 |
//! | `Identity::Anonymous` | nobody in particular |
//! | [`Identity::query`] | whoever the query names, in development only |
//! | an async function of your own | whom it names: it takes a [`Request`](crate::extract::Request), a [`Principal`](crate::extract::Principal) and more, and returns an [`Identity`] |

mod answer;
mod identity;
mod rules;

pub use answer::Negotiation;
pub(crate) use answer::answer;
pub use identity::Identity;
pub use rules::{EasyAuth, FromQuery};
