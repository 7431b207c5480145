//! Macros that declare events and the structs in them.

/// Declares events that clients emit: a name as a type, the name on the wire, the arguments, what the client's callback
/// gets, and what it gets instead where the handler may refuse. See [`contract`](crate::contract).
#[macro_export]
macro_rules! client_event {
    ($(
        $(#[$meta:meta])*
        $visibility:vis $name:ident = $wire:literal ( $($parameter:ident : $type:ty),* $(,)? ) $(-> $ack:ty $(| $refused:ty)?)?;
    )*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        $visibility struct $name;

        impl $crate::contract::ClientEvent for $name {
            const NAME: &'static str = $wire;
            const PARAMETERS: &'static [&'static str] = &[$(stringify!($parameter)),*];
            type Args = ($($type,)*);
            type Ack = $crate::client_event!(@ack $($ack)?);
            $($(
                fn signature(types: &mut $crate::contract::Types) -> $crate::contract::Signature {
                    $crate::contract::Signature::new::<Self::Args>(Self::NAME, Self::PARAMETERS, types)
                        .with_callback_or_refusal::<Self::Ack, $refused>(types)
                }
            )?)?
        }

        $($(
            impl $crate::contract::Refusable for $name {
                type Refusal = $refused;
            }
        )?)?
    )*};
    (@ack) => { $crate::contract::NoAck };
    (@ack $ack:ty) => { $ack };
}

/// Declares events that handlers send. See [`contract`](crate::contract).
#[macro_export]
macro_rules! server_event {
    ($(
        $(#[$meta:meta])*
        $visibility:vis $name:ident = $wire:literal ( $($parameter:ident : $type:ty),* $(,)? );
    )*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        $visibility struct $name;

        impl $crate::contract::ServerEvent for $name {
            const NAME: &'static str = $wire;
            const PARAMETERS: &'static [&'static str] = &[$(stringify!($parameter)),*];
            type Args = ($($type,)*);
        }
    )*};
}

/// Declares a struct, or an enum without fields, together with its TypeScript type. See [`contract`](crate::contract).
///
/// The names are those of Rust: serde's attributes that rename or leave out are not seen. Implement
/// [`TypeScript`](crate::contract::TypeScript) by hand for types that have some.
#[macro_export]
macro_rules! typescript {
    (
        $(#[$meta:meta])*
        $visibility:vis struct $name:ident {
            $($(#[$field_meta:meta])* $field_visibility:vis $field:ident : $type:ty),* $(,)?
        }
        $($rest:tt)*
    ) => {
        $(#[$meta])*
        $visibility struct $name {
            $($(#[$field_meta])* $field_visibility $field: $type,)*
        }

        impl $crate::contract::TypeScript for $name {
            fn type_name(types: &mut $crate::contract::Types) -> String {
                types.declare(
                    stringify!($name),
                    concat!(module_path!(), "::", stringify!($name)),
                    |_types| $crate::contract::object(&[
                        $((
                            stringify!($field),
                            <$type as $crate::contract::TypeScript>::type_name(_types),
                        ),)*
                    ]),
                )
            }
        }

        $crate::typescript! { $($rest)* }
    };
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident {
            $($(#[$variant_meta:meta])* $variant:ident),* $(,)?
        }
        $($rest:tt)*
    ) => {
        $(#[$meta])*
        $visibility enum $name {
            $($(#[$variant_meta])* $variant,)*
        }

        impl $crate::contract::TypeScript for $name {
            fn type_name(types: &mut $crate::contract::Types) -> String {
                types.declare(
                    stringify!($name),
                    concat!(module_path!(), "::", stringify!($name)),
                    |_| $crate::contract::union(&[$(stringify!($variant)),*]),
                )
            }
        }

        $crate::typescript! { $($rest)* }
    };
    () => {};
}
