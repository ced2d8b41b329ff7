//! TimesNet (Wu et al., ICLR 2023) on candle: five tasks, deterministic training, published checkpoints
