//! The guide: from the first chat to many instances in Azure. Every Rust block in it is compiled.
//!
//! Start with the [first chat](first_chat), then read the [concepts].
//!
//! | writing an app | running it | knowing it |
//! |---|---|---|
//! | [handlers], [extractors], [middleware] | [under `func`](func) | [a socket's life](life_cycle) |
//! | [acknowledgements and errors](acks), [once] | [a real service through a tunnel](tunnel) | [what of Socket.IO's server API works](server_api) |
//! | [rooms and outputs](rooms) | [phones, Codespaces, containers](devices) | [coming from a server, C#, JavaScript, Python](coming_from) |
//! | [identity] | [deploying, replacing keys](deploying) | [clients in other languages](clients) |
//! | [testing] | [scale] | [limits] |
//! | [logs and traces](logs) | [troubleshooting] | [where the stand-ins differ](parity) |
//! | [a chat with a history](history), [who is online](presence) | | [versions and upgrades](upgrading) |

#[doc = include_str!("docs/first_chat.md")]
pub mod first_chat {}

#[doc = include_str!("docs/concepts.md")]
pub mod concepts {}

#[doc = include_str!("docs/handlers.md")]
pub mod handlers {}

#[doc = include_str!("docs/extractors.md")]
pub mod extractors {}

#[doc = include_str!("docs/middleware.md")]
pub mod middleware {}

#[doc = include_str!("docs/acks.md")]
pub mod acks {}

#[doc = include_str!("docs/once.md")]
pub mod once {}

#[doc = include_str!("docs/rooms.md")]
pub mod rooms {}

#[doc = include_str!("docs/identity.md")]
pub mod identity {}

#[doc = include_str!("docs/testing.md")]
pub mod testing {}

#[doc = include_str!("docs/logs.md")]
pub mod logs {}

#[doc = include_str!("docs/func.md")]
pub mod func {}

#[doc = include_str!("docs/tunnel.md")]
pub mod tunnel {}

#[doc = include_str!("docs/devices.md")]
pub mod devices {}

#[doc = include_str!("docs/deploying.md")]
pub mod deploying {}

#[doc = include_str!("docs/coming_from.md")]
pub mod coming_from {}

#[doc = include_str!("docs/server_api.md")]
pub mod server_api {}

#[doc = include_str!("docs/life_cycle.md")]
pub mod life_cycle {}

#[doc = include_str!("docs/clients.md")]
pub mod clients {}

#[doc = include_str!("docs/limits.md")]
pub mod limits {}

#[doc = include_str!("docs/troubleshooting.md")]
pub mod troubleshooting {}

#[doc = include_str!("docs/parity.md")]
pub mod parity {}

#[doc = include_str!("docs/history.md")]
pub mod history {}

#[doc = include_str!("docs/presence.md")]
pub mod presence {}

#[doc = include_str!("docs/upgrading.md")]
pub mod upgrading {}

#[doc = include_str!("docs/scale.md")]
pub mod scale {}
