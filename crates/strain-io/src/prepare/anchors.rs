/// What drove the samples whose residual changes with new models, which may be older than the span at
/// hand.
#[derive(Default)]
pub(super) struct Anchors {
    /// By sample.
    driven: Vec<(usize, Vec<f64>)>,
}

impl Anchors {
    /// Keeps the samples `wanted`: of the span from `from` on with the drivers `columns`, or kept before.
    pub(super) fn keep(&mut self, wanted: [Option<usize>; 2], from: usize, columns: &[&[f64]]) {
        let driven = wanted.into_iter().flatten().map(|index| match index.checked_sub(from) {
            Some(place) => (index, columns.iter().map(|column| column[place]).collect()),
            None => (index, self.at(index).to_vec()),
        });
        self.driven = driven.collect();
    }

    /// What drove a sample that is kept.
    pub(super) fn at(&self, index: usize) -> &[f64] {
        self.driven.iter().find(|(at, _)| *at == index).map_or(&[], |(_, driven)| driven)
    }
}
