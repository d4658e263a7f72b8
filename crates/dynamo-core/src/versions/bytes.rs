//! The wire form of a set.

use crate::shared::Shared;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{Error, SeqAccess, Visitor};
use serde::ser::SerializeTuple;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Clocks, Dotted, NOTHING, Newest, Sibling, Version, Versions};
use crate::clock::{CausalContext, Dot};
use crate::collections::map;

/// What stands behind the values where they share no context.
#[derive(Serialize, Deserialize)]
enum Apart {
    Clocks(Vec<Version>),
    Newest(Newest),
}

/// The wire form is (context, values). A set without a common context has the form (nothing,
/// one value, the rest): only there are values without a context, so neither needs a tag.
impl Serialize for Versions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rest = match self {
            Versions::Dotted(set) => return set.serialize(serializer),
            Versions::Clocks(set) => Apart::Clocks(set.versions.clone()),
            Versions::Newest(set) => Apart::Newest(set.as_ref().clone()),
        };
        let mut tuple = serializer.serialize_tuple(3)?;
        tuple.serialize_element(&NOTHING)?;
        tuple.serialize_element(&self.siblings().take(1).collect::<Vec<_>>())?;
        tuple.serialize_element(&rest)?;
        tuple.end()
    }
}

impl<'de> Deserialize<'de> for Versions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts;
        impl<'de> Visitor<'de> for Parts {
            type Value = Versions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the versions of a key")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Versions, A::Error> {
                let missing = || A::Error::custom("an unfinished set");
                let strange = || A::Error::custom("a value that nothing covers");
                let context: CausalContext = parts.next_element()?.ok_or_else(missing)?;
                let values: Vec<(Dot, Sibling)> = parts.next_element()?.ok_or_else(missing)?;
                if !context.is_empty() || values.is_empty() {
                    if !values.iter().all(|(dot, _)| context.covers(dot)) {
                        return Err(strange());
                    }
                    let siblings = map(values);
                    return Ok(Versions::Dotted(Shared::new(Dotted { context, siblings })));
                }
                match parts.next_element()?.ok_or_else(missing)? {
                    Apart::Clocks(versions) if versions.is_empty() => Err(missing()),
                    Apart::Clocks(versions) if !versions.iter().all(Version::is_in_its_clock) => {
                        Err(strange())
                    }
                    Apart::Clocks(all) => Ok(Versions::Clocks(Shared::new(Clocks::of(all)))),
                    Apart::Newest(newest) => Ok(Versions::Newest(Shared::new(newest))),
                }
            }
        }
        deserializer.deserialize_tuple(3, Parts)
    }
}
