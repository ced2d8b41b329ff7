//! How good are alarms? Forecast evaluation against what guessing would do.

mod alarm;
mod consistency;
mod molchan;
mod protocol;
mod r_value;
mod roc;
mod smoothed;
mod summary;

pub use alarm::{Alarm, AlarmDays};
pub use consistency::{ConsistencyTests, NumberTest, SimulatedTest, consistency_tests};
pub use molchan::{Molchan, MolchanPoint, molchan};
pub use protocol::{FrozenProtocol, Protocol, ProtocolState};
pub use r_value::{RValue, r_value};
pub use roc::{Roc, RocPoint, auc_interval, roc};
pub use smoothed::{InformationGain, SmoothedPoisson, information_gain};
pub use summary::{Evaluation, evaluate_alarms};
