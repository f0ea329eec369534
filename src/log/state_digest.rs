//! One hash for everything that is live: two copies are equal exactly when theirs are. It is a sum, so a write changes
//! it by what that write adds and takes away, and 256 parts of it lead to what differs.

use sha2::{Digest, Sha256};

use crate::log::hash::{Hash, sha256, to_hex};

/// How many parts a digest has.
pub const BUCKETS: usize = 256;

/// Σ SHA-256(`id:revision:content_sha256`) modulo 2^256 over the live entries, and how many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StateDigest {
    high: u128,
    low: u128,
    count: u64,
}

impl StateDigest {
    /// Takes in a live entry.
    pub fn add(&mut self, id: &str, revision: i64, content_sha256: &Hash) {
        self.shift(Sum::of(id, revision, content_sha256), 1);
    }

    /// Takes out an entry that was added before.
    pub fn remove(&mut self, id: &str, revision: i64, content_sha256: &Hash) {
        // Modulo 2^256, subtracting is adding the complement.
        self.shift(Sum::of(id, revision, content_sha256).negated(), u64::MAX);
    }

    /// How many entries are live.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// SHA-256 over the sum and the count, in lower-case hexadecimal.
    pub fn hex(&self) -> String {
        let mut hasher = Sha256::new();
        hasher.update(self.high.to_be_bytes());
        hasher.update(self.low.to_be_bytes());
        hasher.update(self.count.to_be_bytes());
        to_hex(&hasher.finalize())
    }

    fn shift(&mut self, by: Sum, count: u64) {
        let sum = Sum {
            high: self.high,
            low: self.low,
        }
        .plus(by);
        (self.high, self.low) = (sum.high, sum.low);
        self.count = self.count.wrapping_add(count);
    }
}

/// A number modulo 2^256.
#[derive(Clone, Copy)]
struct Sum {
    high: u128,
    low: u128,
}

impl Sum {
    fn of(id: &str, revision: i64, content_sha256: &Hash) -> Self {
        let said = format!("{id}:{revision}:{}", to_hex(content_sha256));
        let hash = sha256(said.as_bytes());
        let half = |bytes: &[u8]| bytes.iter().fold(0, |sum, byte| sum << 8 | u128::from(*byte));
        let (high, low) = hash.split_at(16);
        Self {
            high: half(high),
            low: half(low),
        }
    }

    fn plus(self, other: Self) -> Self {
        let (low, carry) = self.low.overflowing_add(other.low);
        let high = self.high.wrapping_add(other.high);
        Self {
            high: high.wrapping_add(u128::from(carry)),
            low,
        }
    }

    fn negated(self) -> Self {
        let one = Self { high: 0, low: 1 };
        Self {
            high: !self.high,
            low: !self.low,
        }
        .plus(one)
    }
}

/// Which of the 256 parts an entry belongs to.
pub fn bucket_of(id: &str) -> u8 {
    let [first, ..] = sha256(id.as_bytes());
    first
}

/// A digest with its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketedDigest {
    whole: StateDigest,
    buckets: Box<[StateDigest; BUCKETS]>,
}

impl Default for BucketedDigest {
    fn default() -> Self {
        Self {
            whole: StateDigest::default(),
            buckets: Box::new([StateDigest::default(); BUCKETS]),
        }
    }
}

impl BucketedDigest {
    pub fn add(&mut self, id: &str, revision: i64, content_sha256: &Hash) {
        self.whole.add(id, revision, content_sha256);
        if let Some(bucket) = self.buckets.get_mut(usize::from(bucket_of(id))) {
            bucket.add(id, revision, content_sha256);
        }
    }

    pub fn remove(&mut self, id: &str, revision: i64, content_sha256: &Hash) {
        self.whole.remove(id, revision, content_sha256);
        if let Some(bucket) = self.buckets.get_mut(usize::from(bucket_of(id))) {
            bucket.remove(id, revision, content_sha256);
        }
    }

    pub fn whole(&self) -> StateDigest {
        self.whole
    }

    /// The parts, in the order of their numbers.
    pub fn buckets(&self) -> impl Iterator<Item = (u8, StateDigest)> {
        (0..=u8::MAX).zip(self.buckets.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ONE: &str = "01938f5e-7b1a-7000-8000-000000000001";
    const TWO: &str = "01938f5e-7b1a-7000-8000-000000000002";

    /// Computed apart from this program: `printf '%s' 'ID:1:1111…' | sha256sum` and so on.
    #[test]
    fn the_digest_is_what_its_definition_says() {
        let mut digest = StateDigest::default();
        assert_eq!(
            digest.hex(),
            "2c34ce1df23b838c5abf2a7f6437cca3d3067ed509ff25f11df6b11b582b51eb"
        );
        digest.add(ONE, 1, &[0x11; 32]);
        assert_eq!(
            digest.hex(),
            "b68c8075268d1e04cb69edbf79c85306d2293d2b64054dbec0202163df3f0b5b"
        );
        digest.add(TWO, 7, &[0x22; 32]);
        assert_eq!(
            digest.hex(),
            "e84634a81dc65d13759bb1da3c1bda06ccaae9067069415996aae73d891a1225"
        );
        assert_eq!(digest.count(), 2);
        assert_eq!((bucket_of(ONE), bucket_of(TWO)), (0xc6, 0x47));
    }

    #[test]
    fn a_carry_reaches_the_upper_half() {
        let top = Sum {
            high: 1,
            low: u128::MAX,
        };
        let sum = top.plus(Sum { high: 0, low: 1 });
        assert_eq!((sum.high, sum.low), (2, 0));
        let nothing = sum.plus(sum.negated());
        assert_eq!((nothing.high, nothing.low), (0, 0));
    }

    fn entries() -> impl Strategy<Value = Vec<(String, i64, Hash)>> {
        let entry = ("[0-9a-f]{8}", 1i64..100, any::<Hash>());
        proptest::collection::vec(entry, 0..40)
    }

    fn digest_of<'e>(entries: impl IntoIterator<Item = &'e (String, i64, Hash)>) -> BucketedDigest {
        let mut digest = BucketedDigest::default();
        for (id, revision, sha256) in entries {
            digest.add(id, *revision, sha256);
        }
        digest
    }

    proptest! {
        #[test]
        fn the_order_in_which_entries_come_is_of_no_account(entries in entries()) {
            prop_assert_eq!(digest_of(&entries), digest_of(entries.iter().rev()));
        }

        #[test]
        fn what_is_taken_out_leaves_no_trace(kept in entries(), gone in entries()) {
            let mut digest = digest_of(kept.iter().chain(&gone));
            for (id, revision, sha256) in &gone {
                digest.remove(id, *revision, sha256);
            }
            prop_assert_eq!(digest, digest_of(&kept));
        }

        #[test]
        fn the_parts_add_up_to_the_whole(entries in entries()) {
            let digest = digest_of(&entries);
            let mut sum = StateDigest::default();
            for (_, part) in digest.buckets() {
                sum.shift(Sum { high: part.high, low: part.low }, part.count);
            }
            prop_assert_eq!(sum, digest.whole());
        }
    }
}
