//! Convolutions of a folded series as one matrix product each.
//!
//! A plane of few rows and many columns (or the other way round) is cut into tiles across its short
//! side. Within a tile that side is dense: every input cell meets every output cell through a
//! Toeplitz matrix of the kernel, as far as the kernel reaches. Along the long side each output
//! gathers the cells within its reach. So the gathered matrix is as many times the series as the
//! kernel has taps in one direction (gathering in both takes the square), kernel rows that lie
//! outside the plane cost nothing, and one gather folds, pads and collects at once.

use candle_core::{Device, Result, Tensor};

/// A tile's cells across the short side. More waste arithmetic where the kernel does not reach; fewer
/// gather cells more often.
const TILE: usize = 16;

/// A value that is gathered from nowhere is zero: candle's convention for an index.
const NOWHERE: u32 = u32::MAX;

/// How a series of one length folds at one period, and from where its convolutions gather.
pub(super) struct Plane {
    shape: PlaneShape,
    /// Plane to series: `[len]`.
    unfold: Tensor,
    /// Series to plane: `[cells]`.
    fold: Tensor,
    /// Series, and plane, to what the outputs of each tile reach: `[long × tiles × taps × inputs]`.
    reach_of_series: Tensor,
    reach_of_plane: Tensor,
    /// Kernel to Toeplitz matrix: `[taps × inputs × outputs]`.
    toeplitz: Tensor,
    /// Toeplitz matrix to kernel, of one tap along the long side: `[inputs × outputs, taps]`.
    diagonals: Tensor,
    /// Cells of a last tile that lie outside the plane, as zero in `[cells]`; none where all are in.
    inside: Option<Tensor>,
}

#[derive(Clone, Copy)]
struct PlaneShape {
    period: usize,
    side: usize,
    /// Whether a cycle (a row) lies along the long side.
    row_is_long: bool,
    long: usize,
    short: usize,
    tiles: usize,
    /// Cells across a tile that go in and that come out.
    inputs: usize,
    outputs: usize,
    /// How far the first input lies before the first output.
    lead: usize,
}

impl PlaneShape {
    fn new(len: usize, period: usize, side: usize) -> Self {
        let cycles = len.div_ceil(period);
        let row_is_long = cycles <= period;
        let (long, short) = if row_is_long { (period, cycles) } else { (cycles, period) };
        let tiles = short.div_ceil(TILE);
        let outputs = short.div_ceil(tiles);
        let (lead, inputs) =
            if tiles == 1 { (0, short) } else { (side / 2, outputs + 2 * (side / 2)) };
        Self { period, side, row_is_long, long, short, tiles, inputs, outputs, lead }
    }

    /// Cells from one place along the long side to the next.
    fn stride(self) -> usize {
        self.tiles * self.outputs
    }

    fn cells(self) -> usize {
        self.long * self.stride()
    }

    /// Place in the series; it may lie behind its end.
    fn time(self, along: usize, across: usize) -> usize {
        let (row, column) = if self.row_is_long { (across, along) } else { (along, across) };
        row * self.period + column
    }

    fn cell(self, time: usize) -> usize {
        let (row, column) = (time / self.period, time % self.period);
        let (along, across) = if self.row_is_long { (column, row) } else { (row, column) };
        along * self.stride() + across
    }

    /// What each output gathers, by the place of a cell in the plane.
    fn reach(self, place: impl Fn(usize, usize) -> u32) -> Vec<u32> {
        let half = self.side / 2;
        let mut reach = Vec::with_capacity(self.long * self.tiles * self.side * self.inputs);
        for along in 0..self.long {
            for tile in 0..self.tiles {
                for tap in 0..self.side {
                    for input in 0..self.inputs {
                        let along = (along + tap).checked_sub(half).filter(|&i| i < self.long);
                        let across = (tile * self.outputs + input).checked_sub(self.lead);
                        let across = across.filter(|&i| i < self.short);
                        reach.push(along.zip(across).map_or(NOWHERE, |(a, b)| place(a, b)));
                    }
                }
            }
        }
        reach
    }

    /// The kernel's tap across the short side between an input and an output of a tile.
    fn tap_between(self, input: usize, output: usize) -> Option<usize> {
        (input + self.side / 2).checked_sub(output + self.lead).filter(|&tap| tap < self.side)
    }

    fn toeplitz(self) -> Vec<u32> {
        let mut taps = Vec::with_capacity(self.side * self.inputs * self.outputs);
        for along in 0..self.side {
            for input in 0..self.inputs {
                for output in 0..self.outputs {
                    taps.push(self.tap_between(input, output).map_or(NOWHERE, |across| {
                        let (row, column) =
                            if self.row_is_long { (across, along) } else { (along, across) };
                        (row * self.side + column) as u32
                    }));
                }
            }
        }
        taps
    }

    fn diagonals(self) -> Vec<f32> {
        let mut matrix = vec![0.0; self.inputs * self.outputs * self.side];
        for input in 0..self.inputs {
            for output in 0..self.outputs {
                if let Some(tap) = self.tap_between(input, output) {
                    matrix[(input * self.outputs + output) * self.side + tap] = 1.0;
                }
            }
        }
        matrix
    }
}

impl Plane {
    pub(super) fn new(len: usize, period: usize, side: usize, device: &Device) -> Result<Self> {
        let shape = PlaneShape::new(len, period, side);
        let (stride, cells) = (shape.stride(), shape.cells());
        let in_series = |time: usize| if time < len { time as u32 } else { NOWHERE };
        let fold = (0..cells).map(|cell| match cell % stride {
            across if across < shape.short => in_series(shape.time(cell / stride, across)),
            _ => NOWHERE,
        });
        let inside = (0..cells).map(|cell| if cell % stride < shape.short { 1f32 } else { 0.0 });
        let inside = match stride == shape.short {
            true => None,
            false => Some(Tensor::from_iter(inside, device)?.reshape((1, cells, 1))?),
        };
        let index = |values: Vec<u32>| Tensor::new(values, device);
        Ok(Self {
            shape,
            unfold: index((0..len).map(|time| shape.cell(time) as u32).collect())?,
            fold: index(fold.collect())?,
            reach_of_series: index(shape.reach(|a, b| in_series(shape.time(a, b))))?,
            reach_of_plane: index(shape.reach(|a, b| (a * stride + b) as u32))?,
            toeplitz: index(shape.toeplitz())?,
            diagonals: Tensor::new(shape.diagonals(), device)?
                .reshape((shape.inputs * shape.outputs, shape.side))?,
            inside,
        })
    }

    /// `[batch, len, channels]` to `[batch, cells, channels]`.
    pub(super) fn fold(&self, series: &Tensor) -> Result<Tensor> {
        series.index_select(&self.fold, 1)
    }

    /// Back again.
    pub(super) fn unfold(&self, plane: &Tensor) -> Result<Tensor> {
        plane.index_select(&self.unfold, 1)
    }

    /// What the outputs reach, from a series.
    pub(super) fn reach_of_series(&self, series: &Tensor) -> Result<Tensor> {
        self.rows(series.index_select(&self.reach_of_series, 1)?)
    }

    /// The same from a plane.
    pub(super) fn reach_of_plane(&self, plane: &Tensor) -> Result<Tensor> {
        self.rows(plane.index_select(&self.reach_of_plane, 1)?)
    }

    fn rows(&self, reach: Tensor) -> Result<Tensor> {
        let channels = reach.dim(2)?;
        reach.reshape(((), self.shape.side * self.shape.inputs * channels))
    }

    /// From what outputs reach to the plane of outputs: `[batch, cells, channels]`.
    pub(super) fn convolve(&self, reach: &Tensor, kernel: &Kernel) -> Result<Tensor> {
        let PlaneShape { side, inputs, outputs, .. } = self.shape;
        let (_, from, to) = kernel.taps.dims3()?;
        let toeplitz = kernel
            .taps
            .index_select(&self.toeplitz, 0)?
            .reshape((side * inputs, outputs, from, to))?
            .transpose(1, 2)?
            .contiguous()?
            .reshape((side * inputs * from, outputs * to))?;
        reach.matmul(&toeplitz)?.reshape(((), self.shape.cells(), to))
    }

    /// Gradient of a kernel `[to, from, side, side]`: `back` is the outputs' gradient and zero outside
    /// the plane.
    pub(super) fn kernel_gradient(&self, reach: &Tensor, back: &Tensor) -> Result<Tensor> {
        let PlaneShape { side, inputs, outputs, row_is_long, .. } = self.shape;
        let to = back.dim(2)?;
        let from = reach.dim(1)? / (side * inputs);
        let back = back.reshape((reach.dim(0)?, outputs * to))?;
        let each_tap = reach
            .t()?
            .matmul(&back)?
            .reshape((side, inputs, from, outputs, to))?
            .permute((4, 2, 0, 1, 3))?
            .contiguous()?
            .reshape((to * from * side, inputs * outputs))?
            .matmul(&self.diagonals)?
            .reshape((to, from, side, side))?;
        // Here the tap along the long side comes first.
        if row_is_long { each_tap.transpose(2, 3) } else { Ok(each_tap) }
    }

    /// `plane` with zeros outside: an output there is not one.
    pub(super) fn clear_outside(&self, plane: Tensor) -> Result<Tensor> {
        match &self.inside {
            None => Ok(plane),
            Some(inside) => plane.broadcast_mul(inside),
        }
    }
}

/// A kernel with its taps first: `[side², from, to]`.
pub(super) struct Kernel {
    taps: Tensor,
}

impl Kernel {
    /// Of weights `[to, from, side, side]`.
    pub(super) fn new(weights: &Tensor) -> Result<Self> {
        Ok(Self { taps: weights.flatten_from(2)?.permute((2, 1, 0))?.contiguous()? })
    }

    /// The kernel that takes gradients back: turned by half, from outputs to inputs.
    pub(super) fn turned(weights: &Tensor) -> Result<Self> {
        Ok(Self { taps: weights.flatten_from(2)?.permute((2, 0, 1))?.contiguous()?.flip(&[0])? })
    }
}
