//! What App Service puts around a function app besides the host: sign-in in front of it, and an identity for it.
//!
//! Both are for a developer's machine. Nothing here is part of a handler, so nothing here can be deployed with one: in
//! Azure the same settings and headers come from the platform.

mod answer;
mod identity;
mod issuer;
mod sign_in;
mod sign_in_page;
mod tenant;
mod token;

pub use sign_in::SignIn;
pub use tenant::{Tenant, TenantError};
