//! Butterflies of radix two to five on an element's complex numbers at a time.

use super::lanes::Element;
use super::scalar::{Scalar, multiply_add};

/// An element's complex numbers on their way through a butterfly. By value: references would keep them in
/// memory.
#[derive(Clone, Copy)]
pub(crate) struct Wave<S, const L: usize> {
    re: [S; L],
    im: [S; L],
}

#[allow(clippy::needless_range_loop)] // the form that becomes vector instructions
impl<S: Scalar, const L: usize> Wave<S, L> {
    #[inline(always)]
    pub(crate) fn read(from: &Element<S, L>) -> Self {
        let [re, im] = *from;
        Self { re, im }
    }

    #[inline(always)]
    pub(crate) fn write(self, to: &mut Element<S, L>) {
        *to = [self.re, self.im];
    }

    #[inline(always)]
    fn plus(mut self, other: Self) -> Self {
        for n in 0..L {
            self.re[n] = self.re[n] + other.re[n];
        }
        for n in 0..L {
            self.im[n] = self.im[n] + other.im[n];
        }
        self
    }

    #[inline(always)]
    fn minus(mut self, other: Self) -> Self {
        for n in 0..L {
            self.re[n] = self.re[n] - other.re[n];
        }
        for n in 0..L {
            self.im[n] = self.im[n] - other.im[n];
        }
        self
    }

    /// `self + scale · other`.
    #[inline(always)]
    fn plus_scaled(mut self, scale: S, other: Self) -> Self {
        for n in 0..L {
            self.re[n] = self.re[n] + scale * other.re[n];
        }
        for n in 0..L {
            self.im[n] = self.im[n] + scale * other.im[n];
        }
        self
    }

    #[inline(always)]
    fn scaled(mut self, scale: S) -> Self {
        for n in 0..L {
            self.re[n] = scale * self.re[n];
        }
        for n in 0..L {
            self.im[n] = scale * self.im[n];
        }
        self
    }

    /// −i times the number.
    #[inline(always)]
    fn turned(self) -> Self {
        let mut im = self.re;
        for n in 0..L {
            im[n] = -im[n];
        }
        Self { re: self.im, im }
    }

    #[inline(always)]
    pub(crate) fn times<const FUSED: bool>(self, (cos, sin): (S, S)) -> Self {
        let (mut re, mut im) = (self.re, self.im);
        for n in 0..L {
            re[n] = multiply_subtract::<S, FUSED>(self.re[n], cos, self.im[n] * sin);
        }
        for n in 0..L {
            im[n] = multiply_add::<S, FUSED>(self.re[n], sin, self.im[n] * cos);
        }
        Self { re, im }
    }
}

#[inline(always)]
fn multiply_subtract<S: Scalar, const FUSED: bool>(a: S, b: S, c: S) -> S {
    multiply_add::<S, FUSED>(a, b, -c)
}

/// A transform of `R` numbers. A trait, because a function handed over as a value is compiled for
/// the oldest processor and called through memory.
pub(crate) trait Butterfly<const R: usize> {
    fn run<S: Scalar, const L: usize>(values: [Wave<S, L>; R]) -> [Wave<S, L>; R];
}

macro_rules! butterfly {
    ($name:ident, $radix:literal, $function:ident) => {
        pub(crate) struct $name;

        impl Butterfly<$radix> for $name {
            #[inline(always)]
            fn run<S: Scalar, const L: usize>(
                values: [Wave<S, L>; $radix],
            ) -> [Wave<S, L>; $radix] {
                $function(values)
            }
        }
    };
}

butterfly!(Radix2, 2, radix2);
butterfly!(Radix3, 3, radix3);
butterfly!(Radix4, 4, radix4);
butterfly!(Radix5, 5, radix5);

#[inline(always)]
fn radix2<S: Scalar, const L: usize>([a, b]: [Wave<S, L>; 2]) -> [Wave<S, L>; 2] {
    [a.plus(b), a.minus(b)]
}

#[inline(always)]
fn radix3<S: Scalar, const L: usize>([a, b, c]: [Wave<S, L>; 3]) -> [Wave<S, L>; 3] {
    let (sum, difference) = (b.plus(c), b.minus(c).turned().scaled(S::of(0.75f64.sqrt())));
    let middle = a.plus_scaled(S::of(-0.5), sum);
    [a.plus(sum), middle.plus(difference), middle.minus(difference)]
}

#[inline(always)]
fn radix4<S: Scalar, const L: usize>([a, b, c, d]: [Wave<S, L>; 4]) -> [Wave<S, L>; 4] {
    let (even, odd) = (a.plus(c), b.plus(d));
    let (even_rest, odd_rest) = (a.minus(c), b.minus(d).turned());
    [even.plus(odd), even_rest.plus(odd_rest), even.minus(odd), even_rest.minus(odd_rest)]
}

#[inline(always)]
fn radix5<S: Scalar, const L: usize>([a, b, c, d, e]: [Wave<S, L>; 5]) -> [Wave<S, L>; 5] {
    // cos and sin of 72° and 144°.
    let root = 5f64.sqrt();
    let (c1, c2) = (S::of((root - 1.0) / 4.0), S::of((-root - 1.0) / 4.0));
    let (s1, s2) =
        (S::of((10.0 + 2.0 * root).sqrt() / 4.0), S::of((10.0 - 2.0 * root).sqrt() / 4.0));
    let (be, cd) = (b.plus(e), c.plus(d));
    let (be_rest, cd_rest) = (b.minus(e).turned(), c.minus(d).turned());
    let first = a.plus_scaled(c1, be).plus_scaled(c2, cd);
    let second = a.plus_scaled(c2, be).plus_scaled(c1, cd);
    let first_rest = be_rest.scaled(s1).plus_scaled(s2, cd_rest);
    let second_rest = be_rest.scaled(s2).plus_scaled(-s1, cd_rest);
    [
        a.plus(be).plus(cd),
        first.plus(first_rest),
        second.plus(second_rest),
        second.minus(second_rest),
        first.minus(first_rest),
    ]
}
