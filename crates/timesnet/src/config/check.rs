//! What a network's settings may be.

use super::TimesNetConfig;
use crate::params::parameter_count;
use crate::{
    InceptionKind, Normalization, PeriodScope, Result, Task, TimeEmbedding, TimesNetError,
};

/// Most values of one sample inside the network.
const MOST_INSIDE: u64 = 1 << 26;

/// Most values of all parameters.
const MOST_PARAMETERS: u64 = 1 << 30;

impl TimesNetConfig {
    /// Checks every setting. Sizes are bounded far above any network of use, so that one from a
    /// damaged file is an error and not an allocation: lengths by 2^20, `inner_len` times `d_model`
    /// by 2^26, all parameters together by 2^30 values.
    ///
    /// # Errors
    ///
    /// [`TimesNetError::Config`] for the first setting outside its range.
    pub fn validate(&self) -> Result<()> {
        let positive = [
            ("seq_len", self.seq_len),
            ("enc_in", self.enc_in),
            ("c_out", self.c_out),
            ("d_model", self.d_model),
            ("d_ff", self.d_ff),
            ("e_layers", self.e_layers),
        ];
        if let Some((name, _)) = positive.into_iter().find(|(_, value)| *value == 0) {
            return Err(TimesNetError::config(name, 0, "give at least 1"));
        }
        self.validate_sizes()?;
        self.validate_task()?;
        let frequencies = self.inner_len() / 2;
        if self.top_k == 0 || self.top_k > frequencies {
            let advice = format!(
                "a series of {} samples has {frequencies} frequencies; choose from 1 to \
                 {frequencies}",
                self.inner_len()
            );
            return Err(TimesNetError::config("top_k", self.top_k, &advice));
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return Err(TimesNetError::config("dropout", self.dropout, "give 0 or more, below 1"));
        }
        if self.inception == (InceptionKind::MeanOdd { num_kernels: 0 }) {
            return Err(TimesNetError::config("num_kernels", 0, "give at least 1"));
        }
        let calendar = self.embed == TimeEmbedding::Fixed;
        if calendar && ![0, 4, 5].contains(&self.time_features) {
            let advice = "the fixed embedding takes 4 calendar columns, or 5 with minutes";
            return Err(TimesNetError::config("time_features", self.time_features, advice));
        }
        self.validate_scope(frequencies)
    }

    /// Upper bounds, with which no product of sizes overflows.
    fn validate_sizes(&self) -> Result<()> {
        let num_kernels = match self.inception {
            InceptionKind::MeanOdd { num_kernels } => num_kernels,
            InceptionKind::ConcatProject => 0,
        };
        let bounded = [
            ("seq_len", self.seq_len, 1 << 20),
            ("pred_len", self.pred_len, 1 << 20),
            ("enc_in", self.enc_in, 1 << 16),
            ("c_out", self.c_out, 1 << 16),
            ("d_model", self.d_model, 1 << 14),
            ("d_ff", self.d_ff, 1 << 14),
            ("e_layers", self.e_layers, 1 << 8),
            ("num_kernels", num_kernels, 1 << 5),
            ("time_features", self.time_features, 1 << 8),
            ("num_class", self.num_class, 1 << 16),
        ];
        if let Some((name, value, most)) = bounded.into_iter().find(|(_, v, most)| v > most) {
            return Err(TimesNetError::config(name, value, &format!("give at most {most}")));
        }
        let (inner, seen) = (self.inner_len() as u64, self.seq_len as u64);
        let products = [
            ("d_model", "inner_len × d_model", self.d_model, inner * self.d_model as u64),
            ("d_ff", "inner_len × d_ff", self.d_ff, inner * self.d_ff as u64),
            ("enc_in", "seq_len × enc_in", self.enc_in, seen * self.enc_in as u64),
            ("c_out", "inner_len × c_out", self.c_out, inner * self.c_out as u64),
        ];
        let many = |(_, _, _, values): &(_, _, _, u64)| *values > MOST_INSIDE;
        if let Some((name, product, value, values)) = products.into_iter().find(many) {
            let advice = format!(
                "a sample inside has {product} = {values} values, more than {MOST_INSIDE}: shorten it \
                 or make it narrower"
            );
            return Err(TimesNetError::config(name, value, &advice));
        }
        let parameters = parameter_count(self);
        if parameters > MOST_PARAMETERS {
            let advice = format!(
                "the network would have {parameters} parameters, more than \
                                  {MOST_PARAMETERS}: make it smaller"
            );
            return Err(TimesNetError::config("d_model", self.d_model, &advice));
        }
        Ok(())
    }

    fn validate_task(&self) -> Result<()> {
        if self.task.forecasts() && self.pred_len == 0 {
            return Err(TimesNetError::config("pred_len", 0, "a forecast needs at least 1"));
        }
        if !self.task.forecasts() && self.pred_len != 0 {
            let advice = "only forecasting has a horizon; give 0";
            return Err(TimesNetError::config("pred_len", self.pred_len, advice));
        }
        if self.task == Task::Classification && self.num_class < 2 {
            let advice = "classification needs at least 2";
            return Err(TimesNetError::config("num_class", self.num_class, advice));
        }
        let returns_input = self.task != Task::Classification;
        if returns_input && self.normalize == Normalization::Window && self.c_out != self.enc_in {
            let advice = "the output is scaled back with the input's own statistics, so it has as \
                          many channels as the input; set `normalize` to none otherwise";
            return Err(TimesNetError::config("c_out", self.c_out, advice));
        }
        Ok(())
    }

    fn validate_scope(&self, frequencies: usize) -> Result<()> {
        let PeriodScope::Frozen { frequencies: frozen } = &self.period_scope else {
            return Ok(());
        };
        let fits = |block: &Vec<usize>| {
            block.len() == self.top_k && block.iter().all(|f| (1..=frequencies).contains(f))
        };
        if frozen.len() == self.e_layers && frozen.iter().all(fits) {
            return Ok(());
        }
        let advice = format!(
            "give {} lists of {} frequencies from 1 to {frequencies}",
            self.e_layers, self.top_k
        );
        Err(TimesNetError::config("period_scope", format!("{frozen:?}"), &advice))
    }
}
