//! The functions of an app, as callers see them.

use serde::Serialize;

use crate::app::Function;

/// A function, as a caller sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FunctionInfo {
    /// Its name.
    pub name: String,
    /// The type of its trigger, as in function.json.
    pub trigger: String,
    /// Where it is called, parameters in braces; none unless it is HTTP-triggered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The methods it answers; all methods if it is empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// It is switched off and does not answer.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
}

impl FunctionInfo {
    pub(crate) fn new(function: &Function, base: &str) -> Self {
        let http = function.http.as_ref();
        Self {
            name: function.name.clone(),
            trigger: function
                .trigger()
                .map(|trigger| trigger.kind.clone())
                .unwrap_or_default(),
            url: http.map(|http| format!("{base}{}", http.path())),
            methods: http
                .map(|http| http.methods.names().to_vec())
                .unwrap_or_default(),
            disabled: function.disabled,
        }
    }
}

impl std::fmt::Display for FunctionInfo {
    /// As Core Tools lists it: `name: [GET,POST] http://…`, or `name: timerTrigger`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: ", self.name)?;
        match &self.url {
            Some(url) if self.methods.is_empty() => write!(f, "{url}")?,
            Some(url) => write!(f, "[{}] {url}", self.methods.join(","))?,
            None => write!(f, "{}", self.trigger)?,
        }
        if self.disabled {
            write!(f, " (disabled)")
        } else {
            Ok(())
        }
    }
}
