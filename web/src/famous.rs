//! The run that the page opens with.

/// A write survives a dead primary; for `cart` the primaries are n4, n5 and n1.
pub const RUN: &str = "\
dynamo 1
# A write survives a dead primary: another node keeps a hint (paper 4.6).
setup nodes=5 n=3 r=2 w=2 seed=7
at 0s crash n5
at 2s c1.1 put cart \"milk\" via n1
at 4s restart n5
until 8s
";

/// The key in focus when the page opens.
pub const FOCUS: &str = "cart";
