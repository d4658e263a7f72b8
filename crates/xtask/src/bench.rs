//! The verb `bench`: how fast, as a table. Figures are printed for people to read and never
//! asserted in a test: they belong to a machine.
//!
//! A bench is one function that returns [`Row`]s; a further one is a line in [`run`].

mod native;

use crate::Outcome;

/// One line of the table.
pub struct Row {
    what: String,
    figure: String,
}

/// Prints the table.
pub fn run(_: &[String]) -> Outcome {
    dynamo_tests::sizes();
    for Row { what, figure } in native::rows() {
        println!("{what:<40} {figure}");
    }
    Ok(())
}
