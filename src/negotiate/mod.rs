//! Negotiation: who the user is, and the token that says so.
//!
//! A page asks a negotiation function for an address and a token, then connects with them. The function is a rule of
//! the app's own: from the request to an [`Identity`]. Whatever user the rule names, the token proves to the service;
//! so a rule that reads a name from the query proves nothing about the person.

mod answer;
mod identity;

pub use answer::Negotiation;
pub(crate) use answer::answer;
pub use identity::Identity;
