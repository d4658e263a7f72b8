//! Everything a person or CI runs, one list of verbs.
fn main() {}
