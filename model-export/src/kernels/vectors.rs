//! Vectors of f32 and of pairs of 16-bit integers: WebAssembly's instructions, and what they compute, for other
//! processors.

#[cfg(not(target_arch = "wasm32"))]
pub(super) use portable::{Floats, Sums};
#[cfg(target_arch = "wasm32")]
pub(super) use wasm::{Floats, Sums};

/// Values in a vector.
pub(crate) const LANES: usize = 4;

/// Added to a value of less than 2²² it leaves the nearest integer in the lowest bits.
const SHIFT: f32 = 1.5 * (1 << 23) as f32;

/// A pair of integers for each of a vector's sums, the first of a pair in its lower half.
pub(super) type Pairs = [i32; LANES];

/// Rounds values to pairs of integers of at most a magnitude; after the last value there are zeros. Returns the step
/// that they are multiples of.
#[inline(always)]
pub(super) fn round(values: &[f32], largest: f32, pairs: &mut [i32]) -> f32 {
    let most = fold(values, Floats::max).to_array();
    let most = most.into_iter().fold(0.0, f32::max);
    let (step, inverse) = match largest / most {
        inverse if inverse.is_finite() => (most / largest, inverse),
        // All are 0, or as good as that.
        _ => (1.0, 1.0),
    };
    let inverse = Floats::splat(inverse);
    let (whole, last) = vectors(values);
    let pairs_of = |values: &Two| {
        let [low, high] = halves(values).map(|values| values.shifted(inverse));
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

/// The sum of the magnitudes.
pub(super) fn sum(values: &[f32]) -> f32 {
    fold(values, Floats::plus).to_array().into_iter().sum()
}

/// How far a value is from the next multiple of a step, at most.
pub(super) fn farthest(values: &[f32], step: f32) -> f32 {
    let (inverse, back) = (Floats::splat(1.0 / step), Floats::splat(-step));
    let (whole, last) = vectors(values);
    let mut most = Floats::splat(0.0);
    for values in whole.iter().chain([&last]) {
        for values in halves(values) {
            let integers = values.shifted(inverse).unshifted();
            most = most.max(integers.times(back).plus(values).magnitude());
        }
    }
    most.to_array().into_iter().fold(0.0, f32::max)
}

/// Two vectors.
type Two = [f32; 2 * LANES];

/// Vectors, and the last one with zeros behind its values.
#[inline(always)]
fn vectors(values: &[f32]) -> (&[Two], Two) {
    let (whole, rest) = values.as_chunks();
    let mut last = [0.0; 2 * LANES];
    last[..rest.len()].copy_from_slice(rest);
    (whole, last)
}

#[inline(always)]
fn halves(&[a, b, c, d, e, f, g, h]: &Two) -> [Floats; 2] {
    [Floats::load([a, b, c, d]), Floats::load([e, f, g, h])]
}

/// The magnitudes of all values, put together.
#[inline(always)]
fn fold(values: &[f32], together: impl Fn(Floats, Floats) -> Floats) -> Floats {
    let (whole, last) = vectors(values);
    let mut sums = [Floats::splat(0.0); 2];
    let mut add = |values: &Two| {
        let values = halves(values);
        sums = [0, 1].map(|half| together(sums[half], values[half].magnitude()));
    };
    whole.iter().for_each(&mut add);
    add(&last);
    together(sums[0], sums[1])
}

#[cfg(target_arch = "wasm32")]
mod wasm {
    use std::arch::wasm32::{
        f32x4_abs, f32x4_add, f32x4_convert_i32x4, f32x4_mul, f32x4_pmax, f32x4_pmin, f32x4_splat,
        f32x4_sub, i16x8_narrow_i32x4, i32x4_add, i32x4_dot_i16x8, i32x4_splat, i32x4_sub, v128,
    };

    use pulp::cast;

    use super::{LANES, Pairs, SHIFT};

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

        #[inline(always)]
        pub(crate) fn max(self, other: Self) -> Self {
            Self(f32x4_pmax(self.0, other.0))
        }

        #[inline(always)]
        pub(crate) fn magnitude(self) -> Self {
            Self(f32x4_abs(self.0))
        }

        /// Multiplied, and [`SHIFT`] added.
        #[inline(always)]
        pub(crate) fn shifted(self, by: Self) -> Self {
            self.times(by).plus(Self::splat(SHIFT))
        }

        /// The integers of shifted values.
        #[inline(always)]
        pub(crate) fn unshifted(self) -> Self {
            Self(f32x4_sub(self.0, f32x4_splat(SHIFT)))
        }

        /// The integers of shifted values, and of as many more.
        #[inline(always)]
        pub(crate) fn to_pairs(self, more: Self) -> Pairs {
            let shift = f32x4_splat(SHIFT);
            let [low, high] = [self, more].map(|values| i32x4_sub(values.0, shift));
            cast(i16x8_narrow_i32x4(low, high))
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
            let products = i32x4_dot_i16x8(i32x4_splat(pair), cast(weights));
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

    use super::{LANES, Pairs, SHIFT};

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

        pub(crate) fn max(self, other: Self) -> Self {
            Self(from_fn(|lane| self.0[lane].max(other.0[lane])))
        }

        pub(crate) fn magnitude(self) -> Self {
            Self(self.0.map(f32::abs))
        }

        /// Multiplied, and [`SHIFT`] added.
        pub(crate) fn shifted(self, by: Self) -> Self {
            self.times(by).plus(Self::splat(SHIFT))
        }

        /// The integers of shifted values.
        pub(crate) fn unshifted(self) -> Self {
            Self(self.0.map(|value| value - SHIFT))
        }

        /// The integers of shifted values, and of as many more.
        pub(crate) fn to_pairs(self, more: Self) -> Pairs {
            let integer = |value: f32| value.to_bits().wrapping_sub(SHIFT.to_bits()) as i32;
            let integers = [self, more].map(|values| values.0.map(integer));
            let integers = integers.as_flattened();
            from_fn(|pair| (integers[2 * pair] & 0xffff) | (integers[2 * pair + 1] << 16))
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
            let halves = |pair: i32| [pair as i16, (pair >> 16) as i16].map(i32::from);
            let [first, second] = halves(pair);
            Self(from_fn(|lane| {
                let [one, other] = halves(weights[lane]);
                self.0[lane].wrapping_add(first * one + second * other)
            }))
        }

        pub(crate) fn to_floats(self) -> Floats {
            Floats(self.0.map(|sum| sum as f32))
        }
    }
}
