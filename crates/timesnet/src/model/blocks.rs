//! The TimesBlocks.

use std::ops::Range;
use std::sync::Arc;

use candle_core::Tensor;

use super::{Pass, TimesNet};
use crate::composed::{self, Convolutions, Tables};
use crate::encoder_op::{Block, EncoderOp};
use crate::inception::Inception;
use crate::kernel::{BlockShape, Scope};
use crate::layers;
use crate::merge_op::{self, MeanOfKernels};
use crate::params::Params;
use crate::{InceptionKind, PeriodScope, Result};

impl TimesNet {
    /// Some of the blocks, each with the layer norm behind it, then the projection to so many
    /// channels, without its bias.
    pub(super) fn blocks(
        &self,
        x: Tensor,
        blocks: Range<usize>,
        outputs: Option<usize>,
        params: &Params<'_>,
        pass: Pass<'_>,
    ) -> Result<Tensor> {
        match &self.tables {
            Some(tables) => self.composed(x, blocks, outputs, params, (pass, tables)),
            None => self.fused(x, blocks, outputs, params, pass),
        }
    }

    fn composed(
        &self,
        mut x: Tensor,
        blocks: Range<usize>,
        outputs: Option<usize>,
        params: &Params<'_>,
        (pass, tables): (Pass<'_>, &Arc<Tables>),
    ) -> Result<Tensor> {
        for block in blocks {
            let parameters = self.flat_parameters(block, params)?;
            let shape = self.block_shape(block, pass);
            let y = composed::block(&shape, tables, &x, &parameters, params.train())?;
            x = layers::layer_norm(&y, params)?;
        }
        match outputs {
            Some(outputs) => Ok(layers::linear(&x, outputs, params, "projection", false)?),
            None => Ok(x),
        }
    }

    fn fused(
        &self,
        x: Tensor,
        blocks: Range<usize>,
        outputs: Option<usize>,
        params: &Params<'_>,
        pass: Pass<'_>,
    ) -> Result<Tensor> {
        let width = self.config.d_model;
        let shape = |block| self.block_shape(block, pass);
        let (parameters, blocks) = match self.config.inception {
            InceptionKind::MeanOdd { num_kernels } => {
                let mut token = merge_op::token()?;
                let mut merging = Vec::new();
                for block in blocks {
                    let merged;
                    (token, merged) = self.merge(block, num_kernels, token, params)?;
                    merging.push(Block { shape: shape(block), merged: Some(merged) });
                }
                (token, merging)
            }
            InceptionKind::ConcatProject => {
                let flat = |block| self.flat_parameters(block, params);
                let flat = blocks.clone().map(flat).collect::<Result<Vec<_>>>()?;
                let blocks = blocks.map(|block| Block { shape: shape(block), merged: None });
                (Tensor::cat(&flat, 0)?, blocks.collect())
            }
        };
        let mut shared =
            vec![params.get(width, "layer_norm.weight")?, params.get(width, "layer_norm.bias")?];
        if let Some(outputs) = outputs {
            shared.push(params.get((outputs, width), "projection.weight")?.flatten_all()?);
        }
        let shared = Tensor::cat(&shared, 0)?;
        let op = EncoderOp::new(blocks, (width, outputs), &self.workspace, params.train());
        Ok(x.contiguous()?.apply_op3(&parameters.contiguous()?, &shared, op)?)
    }

    /// The two inceptions of a block, each with the prefix of its parameters' names.
    fn inceptions(&self, block: usize) -> [(Inception<'_>, String); 2] {
        let config = &self.config;
        let widths = [(0, config.d_model, config.d_ff), (2, config.d_ff, config.d_model)];
        widths.map(|(place, inputs, outputs)| {
            let inception = Inception { kind: &config.inception, inputs, outputs };
            (inception, format!("model.{block}.conv.{place}"))
        })
    }

    /// A block's merged kernels past the graph, and its token behind that of the block before.
    fn merge(
        &self,
        block: usize,
        num_kernels: usize,
        token: Tensor,
        params: &Params<'_>,
    ) -> Result<(Tensor, merge_op::Merged)> {
        let inceptions = self.inceptions(block);
        let means = inceptions.each_ref().map(|(conv, _)| MeanOfKernels {
            kernels: num_kernels,
            inputs: conv.inputs,
            outputs: conv.outputs,
        });
        let [first, second] = inceptions.each_ref().map(|(conv, name)| conv.kernels(params, name));
        Ok(merge_op::merge(token, means, &[first?, second?])?)
    }

    /// A block's merged kernels as one vector.
    fn flat_parameters(&self, block: usize, params: &Params<'_>) -> Result<Tensor> {
        let [first, second] =
            self.inceptions(block).each_ref().map(|(conv, name)| conv.merged(params, name));
        Ok(Convolutions { first: first?, second: second? }.flatten()?)
    }

    pub(super) fn block_shape(&self, block: usize, pass: Pass<'_>) -> BlockShape {
        let scope = match pass.scope.unwrap_or(&self.config.period_scope) {
            PeriodScope::Batch => Scope::Batch,
            PeriodScope::Sample => Scope::Sample,
            PeriodScope::Frozen { frequencies } => Scope::Frozen(frequencies[block].clone()),
        };
        BlockShape {
            len: self.config.inner_len(),
            outer: self.config.d_model,
            inner: self.config.d_ff,
            side: Inception::side(&self.config.inception),
            top_k: self.config.top_k,
            scope,
        }
    }
}
