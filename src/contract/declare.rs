//! Macros that declare events and the types in them.

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
            type Args = $crate::contract_part!(arguments $($type),*);
            type Ack = $crate::contract_part!(ack $($ack)?);

            fn signature(types: &mut $crate::contract::Types) -> $crate::contract::Signature {
                let parameters = [$((stringify!($parameter), types.of::<$type>())),*];
                let signature = $crate::contract::Signature::new(Self::NAME, &parameters);
                $crate::contract_part!(callback signature, types $(, $ack $(| $refused)?)?)
            }
        }

        $($(
            impl $crate::contract::Refusable for $name {
                type Refusal = $refused;
            }
        )?)?
    )*};
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
            type Args = $crate::contract_part!(arguments $($type),*);

            fn signature(types: &mut $crate::contract::Types) -> $crate::contract::Signature {
                let parameters = [$((stringify!($parameter), types.of::<$type>())),*];
                $crate::contract::Signature::new(Self::NAME, &parameters)
            }
        }
    )*};
}

/// Parts of what the macros beside it declare.
#[doc(hidden)]
#[macro_export]
macro_rules! contract_part {
    // One parameter is an argument, several are a tuple.
    (arguments $type:ty) => { $type };
    (arguments $($type:ty),*) => { ($($type,)*) };
    (ack) => { $crate::contract::NoAck };
    (ack $ack:ty) => { $ack };
    (callback $signature:expr, $types:expr) => {{
        let _ = $types;
        $signature
    }};
    (callback $signature:expr, $types:expr, $ack:ty) => {
        $signature.with_callback::<$ack>($types)
    };
    (callback $signature:expr, $types:expr, $ack:ty | $refused:ty) => {
        $signature.with_callback_or_refusal::<$ack, $refused>($types)
    };
}

/// Declares structs and enums together with their TypeScript types, which follow serde's attributes. See
/// [`contract`](crate::contract).
#[macro_export]
macro_rules! typescript {
    ($($item:item)*) => {$(
        #[derive($crate::contract::ts_rs::TS)]
        #[ts(crate = "::socketio_functions::contract::ts_rs")]
        $item
    )*};
}
