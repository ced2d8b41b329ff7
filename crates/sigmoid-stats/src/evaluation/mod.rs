//! How good are alarms? Forecast evaluation against what guessing would do.

mod alarm;
mod auc;
mod consistency;
mod etas;
mod etas_fit;
mod etas_likelihood;
mod etas_simulate;
mod frozen;
mod molchan;
mod molchan_null;
mod protocol;
mod r_value;
mod roc;
mod smoothed;
mod summary;

pub use alarm::{Alarm, AlarmDays};
pub use auc::{auc_interval, auc_p_value};
pub use consistency::{ConsistencyTests, NumberTest, SimulatedTest, consistency_tests};
pub use etas::{EtasModel, Shock};
pub use etas_fit::{EtasFit, fit_etas};
pub use etas_simulate::Magnitudes;
pub use frozen::{FrozenProtocol, ProtocolState};
pub use molchan::{Molchan, MolchanPoint, molchan, molchan_against};
pub use protocol::{Declustering, Protocol};
pub use r_value::{RValue, r_value};
pub use roc::{Roc, RocPoint, roc};
pub use smoothed::{InformationGain, SmoothedPoisson, information_gain};
pub use summary::{Evaluation, evaluate_alarms};
