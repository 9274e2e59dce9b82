//! Chance that is the same every time: a seeded generator, one stream per organization and year, so that no part's
//! size moves another part's dice.

use chrono::{DateTime, Utc};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use uuid::{Builder, Uuid};

pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream);
        Self(generator)
    }

    /// A number of the range, ends included.
    pub fn between(&mut self, least: u32, most: u32) -> u32 {
        self.0.random_range(least..=most)
    }

    /// An index below `length`, which must not be 0.
    pub fn index(&mut self, length: usize) -> usize {
        let length = u32::try_from(length).expect("demo lists are short");
        self.0.random_range(0..length) as usize
    }

    /// An index below `length` where low ones come up more often: few peers do much, many do little.
    pub fn low_index(&mut self, length: usize) -> usize {
        let (a, b) = (self.index(length), self.index(length));
        if self.per_mille(500) { a.min(b) } else { a }
    }

    /// True in so many of a thousand cases.
    pub fn per_mille(&mut self, chance: u32) -> bool {
        self.0.random_range(0..1000_u32) < chance
    }

    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.index(list.len())]
    }

    /// The item in whose share of the weights the die falls.
    pub fn pick_weighted<T: Copy>(&mut self, list: &[(u32, T)]) -> T {
        let mut left = self.between(1, list.iter().map(|(weight, _)| weight).sum());
        for (weight, item) in list {
            if left <= *weight {
                return *item;
            }
            left -= weight;
        }
        unreachable!("the weights add up to the die's range")
    }

    /// A UUIDv7 whose time is `at`.
    pub fn id(&mut self, at: DateTime<Utc>) -> Uuid {
        let mut random = [0; 10];
        self.0.fill_bytes(&mut random);
        let millis = u64::try_from(at.timestamp_millis()).expect("demo data is of this century");
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}
