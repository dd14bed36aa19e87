//! Vectors of f32 and of pairs of 16-bit integers: WebAssembly's instructions, and what they compute, for other
//! processors.

#[cfg(not(target_arch = "wasm32"))]
pub(super) use portable::{Floats, Pairs, Sums};
#[cfg(target_arch = "wasm32")]
pub(super) use wasm::{Floats, Pairs, Sums};

/// Values in a vector.
pub(crate) const LANES: usize = 4;

/// Added to a value of less than 2²² it leaves the nearest integer in the lowest bits.
const SHIFT: f32 = 1.5 * (1 << 23) as f32;

/// Rounds values to pairs of integers of at most a magnitude, the first of a pair in its lower half; after the last
/// value there are zeros. Returns the step that they are multiples of.
#[inline(always)]
pub(super) fn round(values: &[f32], largest: f32, pairs: &mut [i32]) -> f32 {
    let (whole, rest) = values.as_chunks::<{ 2 * LANES }>();
    let mut last = [0.0; 2 * LANES];
    last[..rest.len()].copy_from_slice(rest);

    let mut most = [Floats::splat(0.0); 2];
    let mut compare = |values: &[f32; 2 * LANES]| {
        let values = halves(values);
        most = [0, 1].map(|half| most[half].largest(values[half]));
    };
    whole.iter().for_each(&mut compare);
    compare(&last);
    let most = most[0].largest(most[1]).to_array();
    let most = most.into_iter().fold(0.0, f32::max);

    let step = if most > 0.0 { most / largest } else { 1.0 };
    let inverse = Floats::splat(1.0 / step);
    let shift = Floats::splat(SHIFT);
    let pairs_of = |values: &[f32; 2 * LANES]| {
        let [low, high] = halves(values).map(|values| values.times(inverse).plus(shift));
        low.to_pairs(high)
    };
    let (places, _) = pairs.as_chunks_mut::<LANES>();
    for (place, values) in places.iter_mut().zip(whole) {
        *place = pairs_of(values);
    }
    if let Some(place) = places.get_mut(whole.len()) {
        *place = pairs_of(&last);
    }
    step
}

#[inline(always)]
fn halves(&[a, b, c, d, e, f, g, h]: &[f32; 2 * LANES]) -> [Floats; 2] {
    [Floats::load([a, b, c, d]), Floats::load([e, f, g, h])]
}

#[cfg(target_arch = "wasm32")]
mod wasm {
    use std::arch::wasm32::{
        f32x4_abs, f32x4_add, f32x4_convert_i32x4, f32x4_mul, f32x4_pmax, f32x4_pmin, f32x4_splat,
        i16x8_narrow_i32x4, i32x4_add, i32x4_dot_i16x8, i32x4_splat, i32x4_sub, v128,
    };

    use pulp::cast;

    use super::{LANES, SHIFT};

    /// A vector of f32.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Floats(v128);

    impl Floats {
        #[inline(always)]
        pub(crate) fn splat(value: f32) -> Self {
            Self(f32x4_splat(value))
        }

        #[inline(always)]
        pub(crate) fn load(values: [f32; LANES]) -> Self {
            Self(cast(values))
        }

        #[inline(always)]
        pub(crate) fn to_array(self) -> [f32; LANES] {
            cast(self.0)
        }

        #[inline(always)]
        pub(crate) fn times(self, other: Self) -> Self {
            Self(f32x4_mul(self.0, other.0))
        }

        #[inline(always)]
        pub(crate) fn plus(self, other: Self) -> Self {
            Self(f32x4_add(self.0, other.0))
        }

        #[inline(always)]
        pub(crate) fn relu6(self) -> Self {
            let positive = f32x4_pmax(f32x4_splat(0.0), self.0);
            Self(f32x4_pmin(f32x4_splat(6.0), positive))
        }

        /// The larger of each value and the magnitude of another.
        #[inline(always)]
        pub(crate) fn largest(self, other: Self) -> Self {
            Self(f32x4_pmax(self.0, f32x4_abs(other.0)))
        }

        /// The integers of values to which [`SHIFT`] was added, and of as many more.
        #[inline(always)]
        pub(crate) fn to_pairs(self, more: Self) -> [i32; LANES] {
            let shift = f32x4_splat(SHIFT);
            let [low, high] = [self, more].map(|values| i32x4_sub(values.0, shift));
            cast(i16x8_narrow_i32x4(low, high))
        }
    }

    /// A pair of weights for each sum.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Pairs(v128);

    impl Pairs {
        pub(crate) fn new(weights: [i16; 2 * LANES]) -> Self {
            Self(cast(weights))
        }
    }

    /// Sums of products.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Sums(v128);

    impl Sums {
        #[inline(always)]
        pub(crate) fn zero() -> Self {
            Self(i32x4_splat(0))
        }

        /// With a pair of inputs times each sum's weights.
        #[inline(always)]
        pub(crate) fn with_products(self, pair: i32, weights: Pairs) -> Self {
            let products = i32x4_dot_i16x8(i32x4_splat(pair), weights.0);
            Self(i32x4_add(self.0, products))
        }

        #[inline(always)]
        pub(crate) fn to_floats(self) -> Floats {
            Floats(f32x4_convert_i32x4(self.0))
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod portable {
    use std::array::from_fn;

    use super::{LANES, SHIFT};

    /// A vector of f32.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Floats([f32; LANES]);

    impl Floats {
        pub(crate) fn splat(value: f32) -> Self {
            Self([value; LANES])
        }

        pub(crate) fn load(values: [f32; LANES]) -> Self {
            Self(values)
        }

        pub(crate) fn to_array(self) -> [f32; LANES] {
            self.0
        }

        pub(crate) fn times(self, other: Self) -> Self {
            Self(from_fn(|lane| self.0[lane] * other.0[lane]))
        }

        pub(crate) fn plus(self, other: Self) -> Self {
            Self(from_fn(|lane| self.0[lane] + other.0[lane]))
        }

        pub(crate) fn relu6(self) -> Self {
            Self(self.0.map(|value| value.clamp(0.0, 6.0)))
        }

        /// The larger of each value and the magnitude of another.
        pub(crate) fn largest(self, other: Self) -> Self {
            Self(from_fn(|lane| self.0[lane].max(other.0[lane].abs())))
        }

        /// The integers of values to which [`SHIFT`] was added, and of as many more.
        pub(crate) fn to_pairs(self, more: Self) -> [i32; LANES] {
            let integer = |value: f32| value.to_bits().wrapping_sub(SHIFT.to_bits()) as i32;
            let integers = [self, more].map(|values| values.0.map(integer));
            let integers = integers.as_flattened();
            from_fn(|pair| (integers[2 * pair] & 0xffff) | (integers[2 * pair + 1] << 16))
        }
    }

    /// A pair of weights for each sum.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Pairs([i16; 2 * LANES]);

    impl Pairs {
        pub(crate) fn new(weights: [i16; 2 * LANES]) -> Self {
            Self(weights)
        }
    }

    /// Sums of products.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Sums([i32; LANES]);

    impl Sums {
        pub(crate) fn zero() -> Self {
            Self([0; LANES])
        }

        /// With a pair of inputs times each sum's weights.
        pub(crate) fn with_products(self, pair: i32, weights: Pairs) -> Self {
            let [first, second] = [pair as i16, (pair >> 16) as i16].map(i32::from);
            let (weights, _) = weights.0.as_chunks::<2>();
            Self(from_fn(|lane| {
                let [one, other] = weights[lane].map(i32::from);
                self.0[lane].wrapping_add(first * one + second * other)
            }))
        }

        pub(crate) fn to_floats(self) -> Floats {
            Floats(self.0.map(|sum| sum as f32))
        }
    }
}
