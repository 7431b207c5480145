//! What the key of a request allows.

/// What a request's key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Authority {
    /// The request has no key, or an unknown one.
    None,
    /// A key of the function, or one for all functions; its name.
    Function(String),
    /// A key of an extension; its name.
    System(String),
    /// The master key.
    Admin,
}

impl Authority {
    /// Does it satisfy the `authLevel` of a function? A system key does not.
    pub(crate) fn satisfies(&self, level: &str) -> bool {
        match level {
            "anonymous" => true,
            "function" => matches!(self, Self::Function(_) | Self::Admin),
            // "admin", and the internal levels that no key of these has.
            _ => *self == Self::Admin,
        }
    }

    /// The claims of the identity that the handler sees: level and id of the key.
    pub(crate) fn claims(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::None => None,
            Self::Function(name) => Some(("Function", name)),
            Self::System(name) => Some(("System", name)),
            Self::Admin => Some(("Admin", "master")),
        }
    }
}
