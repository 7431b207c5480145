//! What the thing costs, second by second.
//!
//! There is no market behind it: the price is a sum of random-looking waves, each with a height of its own at the ends
//! of its periods and a straight line between them. Integers alone, so that every build on every machine agrees.

use serde::Serialize;

/// The price around which everything happens, in cents.
const MIDDLE: i64 = 10_000;

/// Period in seconds and greatest height in cents: slow waves are high, fast ones are low.
const WAVES: [(i64, i64); 6] = [
    (1, 6),
    (4, 14),
    (15, 40),
    (60, 120),
    (300, 450),
    (3600, 2500),
];

/// What the thing costs at a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Quote {
    /// Seconds since 1970.
    pub at: i64,
    /// The price.
    pub cents: i64,
}

impl Quote {
    /// The price at a second since 1970: the same wherever and whenever it is asked for.
    #[must_use]
    pub fn at(second: i64) -> Self {
        let waves = WAVES.map(|(period, height)| wave(second, period, height));
        Self {
            at: second,
            cents: MIDDLE + waves.iter().sum::<i64>(),
        }
    }
}

fn wave(second: i64, period: i64, height: i64) -> i64 {
    let (step, into) = (second.div_euclid(period), second.rem_euclid(period));
    let (from, to) = (level(step, period), level(step + 1, period));
    height * (from * (period - into) + to * into) / (period * LEVELS)
}

/// Levels lie between this and its negative.
const LEVELS: i64 = 1000;

/// Looks random and is not: the finalizer of `SplitMix64`, with the period to tell the waves apart.
fn level(step: i64, period: i64) -> i64 {
    let mut bits = step.cast_unsigned() ^ period.cast_unsigned().rotate_right(16);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    bits.cast_signed().rem_euclid(2 * LEVELS + 1) - LEVELS
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written down once. Another build that says anything else would contradict instances that still run this one.
    #[test]
    fn every_build_tells_the_same_price() {
        let prices =
            [0, 1, 1_000_000_000, 1_800_000_000, 1_800_000_001].map(|at| Quote::at(at).cents);
        assert_eq!(prices, [7_916, 7_924, 10_777, 9_392, 9_391]);
    }

    #[test]
    fn the_price_stays_in_bounds_and_never_jumps() {
        let start = 1_800_000_000;
        for second in start..start + 100_000 {
            let (price, next) = (Quote::at(second).cents, Quote::at(second + 1).cents);
            assert!((6_870..=13_130).contains(&price), "{price} at {second}");
            assert!((next - price).abs() < 40, "{price} to {next} at {second}");
        }
    }

    #[test]
    fn the_price_moves_in_most_seconds() {
        let start = 1_800_000_000;
        let moved = |second: &i64| Quote::at(*second).cents != Quote::at(second + 1).cents;
        let count = (start..start + 1000).filter(moved).count();
        assert!(count > 900, "{count}");
    }
}
