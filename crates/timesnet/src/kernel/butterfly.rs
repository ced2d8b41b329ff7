//! Butterflies of radix two to ten on an element's complex numbers at a time.

use super::lanes::Element;
use super::scalar::Scalar;
use super::vectors::Vectors;

/// An element's complex numbers on their way through a butterfly. By value: references would keep them in
/// memory.
#[derive(Clone, Copy)]
pub(crate) struct Wave<S, const L: usize, V: Vectors<S, L>> {
    vectors: V,
    re: V::Vector,
    im: V::Vector,
}

impl<S: Scalar, const L: usize, V: Vectors<S, L>> Wave<S, L, V> {
    #[inline(always)]
    pub(crate) fn read(vectors: V, [re, im]: &Element<S, L>) -> Self {
        Self { vectors, re: vectors.read(re), im: vectors.read(im) }
    }

    #[inline(always)]
    pub(crate) fn write(self, [re, im]: &mut Element<S, L>) {
        self.vectors.write(self.re, re);
        self.vectors.write(self.im, im);
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        let v = self.vectors;
        Self { re: v.add(self.re, other.re), im: v.add(self.im, other.im), ..self }
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        let v = self.vectors;
        Self { re: v.subtract(self.re, other.re), im: v.subtract(self.im, other.im), ..self }
    }

    /// `self + scale · other`.
    #[inline(always)]
    fn plus_scaled(self, scale: S, other: Self) -> Self {
        let v = self.vectors;
        let re = v.add_scaled(scale, other.re, self.re);
        Self { re, im: v.add_scaled(scale, other.im, self.im), ..self }
    }

    #[inline(always)]
    fn scaled(self, scale: S) -> Self {
        let v = self.vectors;
        Self { re: v.scale(scale, self.re), im: v.scale(scale, self.im), ..self }
    }

    /// −i times the number.
    #[inline(always)]
    fn turned(self) -> Self {
        let im = self.vectors.scale(S::of(-1.0), self.re);
        Self { re: self.im, im, ..self }
    }

    #[inline(always)]
    pub(crate) fn times(self, (cos, sin): (S, S)) -> Self {
        let v = self.vectors;
        let re = v.add_scaled(cos, self.re, v.scale(-sin, self.im));
        Self { re, im: v.add_scaled(sin, self.re, v.scale(cos, self.im)), ..self }
    }
}

/// A transform of `R` numbers. A trait, because a function handed over as a value is compiled for
/// the oldest processor and called through memory.
pub(crate) trait Butterfly<const R: usize> {
    fn run<S: Scalar, const L: usize, V: Vectors<S, L>>(
        values: [Wave<S, L, V>; R],
    ) -> [Wave<S, L, V>; R];
}

macro_rules! butterfly {
    ($name:ident, $radix:literal, $function:ident) => {
        pub(crate) struct $name;

        impl Butterfly<$radix> for $name {
            #[inline(always)]
            fn run<S: Scalar, const L: usize, V: Vectors<S, L>>(
                values: [Wave<S, L, V>; $radix],
            ) -> [Wave<S, L, V>; $radix] {
                $function(values)
            }
        }
    };
}

butterfly!(Radix2, 2, radix2);
butterfly!(Radix3, 3, radix3);
butterfly!(Radix4, 4, radix4);
butterfly!(Radix5, 5, radix5);
butterfly!(Radix6, 6, radix6);
butterfly!(Radix8, 8, radix8);
butterfly!(Radix9, 9, radix9);
butterfly!(Radix10, 10, radix10);

#[inline(always)]
fn radix2<S: Scalar, const L: usize, V: Vectors<S, L>>(
    [a, b]: [Wave<S, L, V>; 2],
) -> [Wave<S, L, V>; 2] {
    [a.plus(b), a.minus(b)]
}

#[inline(always)]
fn radix3<S: Scalar, const L: usize, V: Vectors<S, L>>(
    [a, b, c]: [Wave<S, L, V>; 3],
) -> [Wave<S, L, V>; 3] {
    let (sum, difference) = (b.plus(c), b.minus(c).turned().scaled(S::of(0.75f64.sqrt())));
    let middle = a.plus_scaled(S::of(-0.5), sum);
    [a.plus(sum), middle.plus(difference), middle.minus(difference)]
}

#[inline(always)]
fn radix4<S: Scalar, const L: usize, V: Vectors<S, L>>(
    [a, b, c, d]: [Wave<S, L, V>; 4],
) -> [Wave<S, L, V>; 4] {
    let (even, odd) = (a.plus(c), b.plus(d));
    let (even_rest, odd_rest) = (a.minus(c), b.minus(d).turned());
    [even.plus(odd), even_rest.plus(odd_rest), even.minus(odd), even_rest.minus(odd_rest)]
}

#[inline(always)]
fn radix5<S: Scalar, const L: usize, V: Vectors<S, L>>(
    [a, b, c, d, e]: [Wave<S, L, V>; 5],
) -> [Wave<S, L, V>; 5] {
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

/// Of two coprime factors: without turns between them (Good 1958).
#[inline(always)]
fn radix6<S: Scalar, const L: usize, V: Vectors<S, L>>(
    v: [Wave<S, L, V>; 6],
) -> [Wave<S, L, V>; 6] {
    let ([a0, b0], [a1, b1], [a2, b2]) =
        (radix2([v[0], v[3]]), radix2([v[2], v[5]]), radix2([v[4], v[1]]));
    let [y0, y4, y2] = radix3([a0, a1, a2]);
    let [y3, y1, y5] = radix3([b0, b1, b2]);
    [y0, y1, y2, y3, y4, y5]
}

#[inline(always)]
fn radix8<S: Scalar, const L: usize, V: Vectors<S, L>>(
    v: [Wave<S, L, V>; 8],
) -> [Wave<S, L, V>; 8] {
    let [a0, a1, a2, a3] = radix4([v[0], v[2], v[4], v[6]]);
    let [b0, b1, b2, b3] = radix4([v[1], v[3], v[5], v[7]]);
    let half = S::of(std::f64::consts::FRAC_1_SQRT_2);
    let (b1, b3) = (b1.plus(b1.turned()).scaled(half), b3.turned().minus(b3).scaled(half));
    let b2 = b2.turned();
    let ([y0, y4], [y1, y5]) = (radix2([a0, b0]), radix2([a1, b1]));
    let ([y2, y6], [y3, y7]) = (radix2([a2, b2]), radix2([a3, b3]));
    [y0, y1, y2, y3, y4, y5, y6, y7]
}

#[inline(always)]
fn radix9<S: Scalar, const L: usize, V: Vectors<S, L>>(
    v: [Wave<S, L, V>; 9],
) -> [Wave<S, L, V>; 9] {
    // e^(-2πi·k/9).
    let turn = |k: f64| {
        let (sin, cos) = (std::f64::consts::TAU * k / 9.0).sin_cos();
        (S::of(cos), S::of(-sin))
    };
    let (once, twice, four) = (turn(1.0), turn(2.0), turn(4.0));
    let [a0, a1, a2] = radix3([v[0], v[3], v[6]]);
    let [b0, b1, b2] = radix3([v[1], v[4], v[7]]);
    let [c0, c1, c2] = radix3([v[2], v[5], v[8]]);
    let [y0, y3, y6] = radix3([a0, b0, c0]);
    let [y1, y4, y7] = radix3([a1, b1.times(once), c1.times(twice)]);
    let [y2, y5, y8] = radix3([a2, b2.times(twice), c2.times(four)]);
    [y0, y1, y2, y3, y4, y5, y6, y7, y8]
}

/// As [`radix6`].
#[inline(always)]
fn radix10<S: Scalar, const L: usize, V: Vectors<S, L>>(
    v: [Wave<S, L, V>; 10],
) -> [Wave<S, L, V>; 10] {
    let ([a0, b0], [a1, b1]) = (radix2([v[0], v[5]]), radix2([v[2], v[7]]));
    let ([a2, b2], [a3, b3]) = (radix2([v[4], v[9]]), radix2([v[6], v[1]]));
    let [a4, b4] = radix2([v[8], v[3]]);
    let [y0, y6, y2, y8, y4] = radix5([a0, a1, a2, a3, a4]);
    let [y5, y1, y7, y3, y9] = radix5([b0, b1, b2, b3, b4]);
    [y0, y1, y2, y3, y4, y5, y6, y7, y8, y9]
}
