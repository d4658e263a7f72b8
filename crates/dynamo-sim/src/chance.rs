//! Chance, hashed from the seed and the name of what happens, never drawn from a shared stream:
//! what is removed from a run takes only its own chance along.

use dynamo_core::wire;
use serde::{Deserialize, Serialize};

/// The root of all chance of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seed(pub u64);

impl Seed {
    /// The number that belongs to this purpose and name.
    #[inline]
    pub fn draw<T: Serialize + ?Sized>(self, purpose: &'static str, name: &T) -> Chance {
        Chance(wire::hash(&(self.0, purpose, name)).0)
    }
}

/// One drawn number, and as many more as one event needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chance(u64);

impl Chance {
    /// 64 even bits.
    pub fn bits(self) -> u64 {
        self.0
    }

    /// The next number for the same event (splitmix64).
    pub fn next(self) -> Chance {
        Chance(mix(self.0.wrapping_add(0x9e37_79b9_7f4a_7c15)))
    }

    /// A number for the same event that none of the next ones depends on.
    pub fn aside(self) -> Chance {
        Chance(mix(!self.0))
    }

    /// A number below `bound`, or 0 if the bound is 0.
    pub fn below(self, bound: u64) -> u64 {
        ((u128::from(self.0) * u128::from(bound)) >> 64) as u64
    }

    /// A fraction in (0, 1), never 0.
    pub fn fraction(self) -> f64 {
        ((self.0 >> 12) as f64 + 0.5) / (1u64 << 52) as f64
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
