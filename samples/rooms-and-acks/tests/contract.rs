//! The contract in TypeScript, as the page's compiler reads it. `UPDATE=1 cargo test --test contract` writes it anew.

use std::path::Path;

#[test]
fn the_page_is_checked_against_the_contract_of_today() {
    let contract = rooms_and_acks::app()
        .typescript()
        .expect("no type has two meanings");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/contract.d.ts");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &contract).expect("the folder can be written to");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        committed,
        contract,
        "{} is out of date; UPDATE=1 writes it anew",
        path.display()
    );
}
