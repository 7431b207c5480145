//! What the compiler says about a handler that does not fit.
//!
//! The messages are part of the product: each must name the argument and the kind of handler. `TRYBUILD=overwrite`
//! rewrites them; read the difference before committing it.

#[test]
fn mistakes_are_named() {
    trybuild::TestCases::new().compile_fail("tests/ui/cases/*.rs");
}
