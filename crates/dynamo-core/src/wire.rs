//! The stable bytes of everything that is compared, sized or handed to a client, and the hash of
//! everything that is hashed.

mod digest;

use crate::shared::Shared;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use twox_hash::XxHash64;

use crate::clock::CausalContext;
use crate::id::{Key, NodeId};
use digest::Digest;

/// A hash of a value; the same on every machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Hash(pub u64);

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The wire bytes of a value.
pub fn bytes<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    // Our types have known lengths and no custom errors: postcard cannot fail on them.
    postcard::to_extend(value, Vec::with_capacity(64)).unwrap_or_default()
}

/// The wire bytes of a value, if they are at most so many.
pub fn bytes_within<T: Serialize + ?Sized>(value: &T, most: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; most];
    let length = postcard::to_slice(value, &mut bytes).ok()?.len();
    bytes.truncate(length);
    Some(bytes)
}

/// A value from its wire bytes; nothing if they are not such bytes.
pub fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Option<T> {
    postcard::from_bytes(bytes).ok()
}

/// The hash of a value: not for anything that comes from outside, which could be made to collide.
#[inline]
pub fn hash<T: Serialize + ?Sized>(value: &T) -> Hash {
    let mut digest = Digest::new();
    // Our types have no custom errors, and a digest has none either.
    let _ = value.serialize(&mut digest);
    Hash(digest.finish())
}

/// The hash of a list, item by item, without making the list.
pub fn hash_of_all<I: ExactSizeIterator<Item: Serialize>>(items: I) -> Hash {
    let mut digest = Digest::new();
    let _ = (&mut digest).collect_seq(items);
    Hash(digest.finish())
}

/// The checksum of bytes that are kept or travel.
pub fn checksum(bytes: &[u8]) -> Hash {
    Hash(XxHash64::oneshot(2, bytes))
}

/// What a client holds between a get and a put: opaque to it, bound to one key (4.4, A13).
/// Cheap to clone; none, which is what most clients begin with, takes no memory elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextToken(Option<Shared<[u8]>>);

impl Serialize for ContextToken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_bytes().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ContextToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(ContextToken::from_bytes)
    }
}

/// Why a context is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum BadContext {
    /// Its checksum does not fit its bytes.
    Damaged,
    /// It was issued for another key.
    OtherKey,
    /// It names writes of the coordinator that the coordinator never made.
    Ahead,
}

impl fmt::Display for BadContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BadContext::Damaged => "the context is damaged",
            BadContext::OtherKey => "the context belongs to another key",
            BadContext::Ahead => "the context names writes that this node never made",
        })
    }
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    key: Hash,
    context: CausalContext,
}

const CHECKSUM_BYTES: usize = 8;

impl ContextToken {
    /// The longest token that is looked at, in bytes.
    pub const MAX_BYTES: usize = 65_536;

    /// The token of a client that has seen nothing.
    pub fn none() -> Self {
        ContextToken::default()
    }

    /// Whether it says that nothing was seen.
    pub fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// Packs a context for a client, and who answered its read first, if that is to be known (5).
    pub fn seal(key: &Key, context: &CausalContext, fastest: Option<NodeId>) -> Self {
        if context.is_empty() && fastest.is_none() {
            return Self::none();
        }
        let sealed = (hash(key), context);
        let mut token = bytes(&([0u8; CHECKSUM_BYTES], sealed));
        token.extend(fastest.iter().flat_map(bytes));
        let (sum, body) = token.split_at_mut(CHECKSUM_BYTES);
        sum.copy_from_slice(&XxHash64::oneshot(1, body).to_be_bytes());
        ContextToken::from_bytes(token)
    }

    /// Unpacks what a client sent along, if it belongs to this key.
    pub fn open(&self, key: &Key) -> Result<CausalContext, BadContext> {
        if self.is_none() {
            return Ok(CausalContext::default());
        }
        let (sealed, _) = self.unseal().ok_or(BadContext::Damaged)?;
        if sealed.key != hash(key) {
            return Err(BadContext::OtherKey);
        }
        Ok(sealed.context)
    }

    /// Who answered the read first that returned it, if it says so.
    pub fn fastest(&self) -> Option<NodeId> {
        self.unseal()?.1
    }

    fn unseal(&self) -> Option<(Sealed, Option<NodeId>)> {
        let token = self.as_bytes();
        if token.len() > Self::MAX_BYTES {
            return None;
        }
        let (sum, body) = token.split_at_checked(CHECKSUM_BYTES)?;
        if sum != XxHash64::oneshot(1, body).to_be_bytes() {
            return None;
        }
        let (sealed, rest) = postcard::take_from_bytes(body).ok()?;
        Some((sealed, read(rest)))
    }

    /// The bytes that travel.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }

    /// A token as a client sent it; [`ContextToken::open`] judges it.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        ContextToken((!bytes.is_empty()).then(|| bytes.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::tests::dot;
    use proptest::prelude::*;

    fn key(text: &str) -> Key {
        Key::new(text).unwrap()
    }

    fn token() -> ContextToken {
        let mut context = CausalContext::default();
        context.insert(dot(1, 1));
        context.insert(dot(2, 3));
        ContextToken::seal(&key("cart"), &context, None)
    }

    #[test]
    fn a_context_comes_back_for_its_key_and_for_no_other() {
        let context = token().open(&key("cart")).unwrap();
        assert!(context.covers(&dot(2, 3)) && !context.covers(&dot(2, 1)));
        assert_eq!(token().open(&key("list")), Err(BadContext::OtherKey));
    }

    #[test]
    fn a_context_says_who_was_the_fastest_also_of_a_key_that_is_not_there() {
        let (context, node) = (CausalContext::default(), Some(NodeId(3)));
        let token = ContextToken::seal(&key("cart"), &context, node);
        assert_eq!((token.fastest(), token.open(&key("cart"))), (node, Ok(context)));
        assert_eq!(self::token().fastest(), None);
        assert_eq!(ContextToken::none().fastest(), None);
    }

    proptest! {
        #[test]
        fn a_context_with_a_flipped_bit_is_rejected(at in any::<prop::sample::Index>(), bit in 0u32..8) {
            let mut bytes = token().as_bytes().to_vec();
            let at = at.index(bytes.len());
            bytes[at] ^= 1u8 << bit;
            prop_assert_eq!(
                ContextToken::from_bytes(bytes).open(&key("cart")),
                Err(BadContext::Damaged)
            );
        }

        #[test]
        fn hostile_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut bytes = XxHash64::oneshot(1, &body).to_be_bytes().to_vec();
            bytes.extend(body);
            let _ = ContextToken::from_bytes(bytes).open(&key("cart"));
        }
    }
}
