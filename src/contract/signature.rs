//! The signature of an event in TypeScript.

use super::NoAck;
use super::typescript::{TypeScript, Types, member};

/// A list of arguments that TypeScript can write: a tuple of up to eight, or a `Vec` for any number of one type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of arguments of the contract",
    note = "use a tuple, such as `(String,)`, or a `Vec`; each type in it needs a TypeScript type"
)]
pub trait Parameters {
    /// Each parameter's type.
    fn types(types: &mut Types) -> Vec<String>;

    /// Whether the last type stands for any number of arguments.
    const REST: bool = false;
}

/// What a client's callback gets: a tuple, or [`NoAck`] where there is no callback.
pub trait Callback {
    /// Each parameter's type; `None` where there is no callback.
    fn callback(types: &mut Types) -> Option<String>;
}

impl Callback for NoAck {
    fn callback(_: &mut Types) -> Option<String> {
        None
    }
}

impl<T: Parameters> Callback for T {
    fn callback(types: &mut Types) -> Option<String> {
        Some(function(&parameters::<T>(&[], types)))
    }
}

macro_rules! tuples {
    ($(($($part:ident),*);)*) => {$(
        impl<$($part: TypeScript),*> Parameters for ($($part,)*) {
            fn types(_types: &mut Types) -> Vec<String> {
                vec![$($part::type_name(_types)),*]
            }
        }
    )*};
}

tuples! {
    ();
    (A);
    (A, B);
    (A, B, C);
    (A, B, C, D);
    (A, B, C, D, E);
    (A, B, C, D, E, F);
    (A, B, C, D, E, F, G);
    (A, B, C, D, E, F, G, H);
}

impl<T: TypeScript> Parameters for Vec<T> {
    const REST: bool = true;

    fn types(types: &mut Types) -> Vec<String> {
        vec![Self::type_name(types)]
    }
}

/// Words that cannot name a parameter.
const RESERVED: [&str; 20] = [
    "arguments",
    "await",
    "case",
    "catch",
    "class",
    "default",
    "delete",
    "eval",
    "export",
    "finally",
    "function",
    "import",
    "new",
    "null",
    "switch",
    "this",
    "throw",
    "var",
    "void",
    "with",
];

fn parameters<T: Parameters>(names: &[&str], types: &mut Types) -> Vec<String> {
    let list = T::types(types);
    let last = list.len().saturating_sub(1);
    let parameter = |(at, type_name): (usize, String)| {
        let name = names.get(at).map(|name| name.trim_start_matches("r#"));
        let name = match name {
            Some(name) if RESERVED.contains(&name) => format!("{name}_"),
            Some(name) => name.to_owned(),
            None => format!("arg{at}"),
        };
        let rest = if T::REST && at == last { "..." } else { "" };
        format!("{rest}{name}: {type_name}")
    };
    list.into_iter().enumerate().map(parameter).collect()
}

fn function(parameters: &[String]) -> String {
    format!("({}) => void", parameters.join(", "))
}

/// One event as a member of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    name: String,
    parameters: Vec<String>,
}

impl Signature {
    /// An event of this name with the arguments `T`.
    #[must_use]
    pub fn new<T: Parameters>(name: &str, names: &[&str], types: &mut Types) -> Self {
        Self {
            name: name.to_owned(),
            parameters: parameters::<T>(names, types),
        }
    }

    /// The event's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The same with a callback as the last parameter, if `T` has one.
    #[must_use]
    pub fn with_callback<T: Callback>(mut self, types: &mut Types) -> Self {
        let callback = T::callback(types);
        self.parameters
            .extend(callback.map(|callback| format!("ack: {callback}")));
        self
    }

    /// The same with a callback as the last parameter that gets either `T`, or one `R`.
    #[must_use]
    pub fn with_callback_or_refusal<T: Parameters, R: TypeScript>(
        mut self,
        types: &mut Types,
    ) -> Self {
        let accepted = T::types(types).join(", ");
        let rest = if T::REST { "..." } else { "" };
        let refused = R::type_name(types);
        self.parameters.push(format!(
            "ack: (...answer: [{rest}{accepted}] | [{refused}]) => void"
        ));
        self
    }
}

impl std::fmt::Display for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {};", member(&self.name), function(&self.parameters))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text<T: Parameters, A: Callback>(name: &str, names: &[&str]) -> String {
        let mut types = Types::default();
        let signature = Signature::new::<T>(name, names, &mut types);
        signature.with_callback::<A>(&mut types).to_string()
    }

    #[test]
    fn an_event_is_a_function() {
        assert_eq!(
            text::<(String, bool), (u8,)>("chat", &["room", "new"]),
            "chat: (room: string, new_: boolean, ack: (arg0: number) => void) => void;"
        );
        assert_eq!(
            text::<(), ()>("new message", &[]),
            "\"new message\": (ack: () => void) => void;"
        );
        assert_eq!(
            text::<Vec<Option<u8>>, NoAck>("all", &[]),
            "all: (...arg0: (number | null)[]) => void;"
        );
    }

    #[test]
    fn a_refusal_is_the_other_list_that_a_callback_may_get() {
        fn text<T: Parameters>() -> String {
            let mut types = Types::default();
            let signature = Signature::new::<()>("join", &[], &mut types);
            let signature = signature.with_callback_or_refusal::<T, String>(&mut types);
            signature.to_string()
        }
        assert_eq!(
            text::<(u8, bool)>(),
            "join: (ack: (...answer: [number, boolean] | [string]) => void) => void;"
        );
        assert_eq!(
            text::<()>(),
            "join: (ack: (...answer: [] | [string]) => void) => void;"
        );
        assert_eq!(
            text::<Vec<u8>>(),
            "join: (ack: (...answer: [...number[]] | [string]) => void) => void;"
        );
    }
}
