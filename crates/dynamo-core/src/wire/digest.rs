//! Hashing a value as it is walked, a word at a time, without writing its bytes down first.
//!
//! Every chance of a run is drawn by such a hash, so it stands in the hottest path. One step can be
//! undone, so two values that differ in one word never meet.

use core::fmt;

use serde::ser::{self, Serialize, Serializer};

/// What has been taken in so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Digest(u64);

impl Digest {
    /// Of nothing.
    #[inline]
    pub fn new() -> Self {
        Digest(0x243f_6a88_85a3_08d3)
    }

    /// A number that depends on every word and on their order.
    #[inline]
    pub fn finish(self) -> u64 {
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    #[inline]
    fn word(&mut self, word: u64) -> Done {
        let mixed = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
        Ok(())
    }

    /// The length comes first, so what stands side by side is told apart.
    #[inline]
    fn text(&mut self, bytes: &[u8]) -> Done {
        self.word(bytes.len() as u64)?;
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.word(u64::from_le_bytes(*word))?;
        }
        match rest {
            [] => Ok(()),
            rest => self.word(rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte))),
        }
    }
}

/// Nothing can go wrong here, but serde wants a name for it.
type Done = Result<(), fmt::Error>;

/// Each of these is one word.
macro_rules! words {
    ($($method:ident($type:ty)),*) => {
        $(
            #[inline]
            fn $method(self, number: $type) -> Done {
                self.word(number as u64)
            }
        )*
    };
}

impl Serializer for &mut Digest {
    type Ok = ();
    type Error = fmt::Error;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    words!(serialize_bool(bool), serialize_char(char));
    words!(serialize_i8(i8), serialize_i16(i16), serialize_i32(i32), serialize_i64(i64));
    words!(serialize_u8(u8), serialize_u16(u16), serialize_u32(u32), serialize_u64(u64));

    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_f32(self, number: f32) -> Done {
        self.word(number.to_bits().into())
    }

    fn serialize_f64(self, number: f64) -> Done {
        self.word(number.to_bits())
    }

    fn serialize_str(self, text: &str) -> Done {
        self.text(text.as_bytes())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Done {
        self.text(bytes)
    }

    fn serialize_none(self) -> Done {
        self.word(0)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        self.word(1)?;
        value.serialize(self)
    }

    fn serialize_unit(self) -> Done {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Done {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, index: u32, _: &'static str) -> Done {
        self.word(index.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        value: &T,
    ) -> Done {
        self.word(index.into())?;
        value.serialize(self)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self, fmt::Error> {
        self.word(length.unwrap_or_default() as u64)?;
        Ok(self)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self, fmt::Error> {
        self.serialize_seq(length)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, fmt::Error> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, fmt::Error> {
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, fmt::Error> {
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, fmt::Error> {
        self.word(index.into())?;
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, fmt::Error> {
        self.word(index.into())?;
        Ok(self)
    }
}

/// What has parts is taken in part by part.
macro_rules! parts {
    ($($kind:ident: $($method:ident($($name:ty)?)),+;)+) => {
        $(
            impl ser::$kind for &mut Digest {
                type Ok = ();
                type Error = fmt::Error;

                $(
                    #[inline]
                    fn $method<T: Serialize + ?Sized>(
                        &mut self,
                        $(_: $name,)?
                        part: &T,
                    ) -> Done {
                        part.serialize(&mut **self)
                    }
                )+

                fn end(self) -> Done {
                    Ok(())
                }
            }
        )+
    };
}

parts! {
    SerializeSeq: serialize_element();
    SerializeTuple: serialize_element();
    SerializeTupleStruct: serialize_field();
    SerializeTupleVariant: serialize_field();
    SerializeMap: serialize_key(), serialize_value();
    SerializeStruct: serialize_field(&'static str);
    SerializeStructVariant: serialize_field(&'static str);
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;
    use alloc::string::String;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    use crate::wire::hash;

    #[test]
    fn what_differs_in_shape_or_order_has_another_hash() {
        let hashes = BTreeSet::from([
            hash(&("ab", "c")),
            hash(&("a", "bc")),
            hash(&("c", "ab")),
            hash(&(1u8, 2u8)),
            hash(&(2u8, 1u8)),
            hash(&Vec::from([1u8, 2])),
            hash(&(Some(1u8), None::<u8>)),
            hash(&(None::<u8>, Some(1u8))),
        ]);
        assert_eq!(hashes.len(), 8);
    }

    /// Written down: a hash is the same on every machine and stays what it is.
    #[test]
    fn a_hash_is_what_it_was() {
        assert_eq!(alloc::format!("{}", hash(&(7u16, "cart", Some(-1i64)))), "49818c027efa637a");
    }

    #[test]
    fn numbers_in_a_row_give_bits_that_are_even() {
        let mut ones = [0u32; 64];
        for number in 0..4_096u32 {
            let bits = hash(&number).0;
            for (place, count) in ones.iter_mut().enumerate() {
                *count += u32::from(bits >> place & 1 == 1);
            }
        }
        // Six standard deviations of a fair coin.
        assert!(ones.iter().all(|count| count.abs_diff(2_048) < 192), "{ones:?}");
    }

    proptest! {
        #[test]
        fn texts_that_differ_have_other_hashes(one in ".{0,40}", other in ".{0,40}") {
            prop_assert_eq!(hash::<String>(&one) == hash::<String>(&other), one == other);
        }
    }
}
